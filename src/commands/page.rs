//! What all pages of HTML have in common: one file that needs nothing else.

use maud::{DOCTYPE, Markup, PreEscaped, html};

/// A page with this title, which is escaped, and this `<body>`; `style` is what
/// it has beyond the style of all pages.
pub fn page(title: &str, style: &str, body: &Markup) -> String {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style {
                    (PreEscaped(include_str!("page.css")))
                    (PreEscaped(style))
                }
            }
            (body)
        }
    };
    markup.into_string()
}
