//! Start time over number of libraries, as SVG.

use std::fmt::Write;

pub struct Line {
    pub glibc: String,
    pub shape: &'static str,
    pub name: &'static str,
    pub points: Vec<(usize, f64)>,
}

const COLOURS: [&str; 6] = [
    "#c0392b", "#1f77b4", "#17becf", "#2ca02c", "#9467bd", "#555",
];
const WIDTH: f64 = 460.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 60.0;
const TOP: f64 = 40.0;

/// One panel for each C library and shape, side by side.
pub fn svg(lines: &[Line]) -> String {
    let mut panels: Vec<(&str, &str)> = Vec::new();
    for line in lines {
        let panel = (line.glibc.as_str(), line.shape);
        if !panels.contains(&panel) {
            panels.push(panel);
        }
    }
    let width = panels.len() as f64 * (WIDTH + LEFT + 20.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{}\" font-family=\"sans-serif\" font-size=\"12\">\n",
        HEIGHT + TOP + 50.0
    );
    svg += "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
    for (index, (glibc, shape)) in panels.iter().enumerate() {
        let own = lines
            .iter()
            .filter(|line| line.glibc == *glibc && line.shape == *shape);
        let own: Vec<&Line> = own.collect();
        let x = index as f64 * (WIDTH + LEFT + 20.0);
        panel(&mut svg, x, &format!("{shape}, glibc {glibc}"), &own);
    }
    svg + "</svg>\n"
}

fn panel(svg: &mut String, x: f64, title: &str, lines: &[&Line]) {
    let points = || lines.iter().flat_map(|line| &line.points);
    let most_x = points().map(|point| point.0).max().unwrap_or(1) as f64;
    let most_y = points().map(|point| point.1).fold(0.0, f64::max);
    let at = |libraries: usize, time: f64| {
        let across = x + LEFT + libraries as f64 / most_x * WIDTH;
        (across, TOP + HEIGHT - time / most_y * HEIGHT)
    };
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"22\" font-size=\"15\">{title}: ms in the loader, by libraries</text>",
        x + LEFT
    );
    for part in 0..=4 {
        let time = most_y * f64::from(part) / 4.0;
        let (left, y) = at(0, time);
        let _ = writeln!(
            svg,
            "<line x1=\"{left}\" y1=\"{y}\" x2=\"{}\" y2=\"{y}\" stroke=\"#ddd\"/><text x=\"{}\" y=\"{}\" text-anchor=\"end\">{time:.0}</text>",
            left + WIDTH,
            left - 6.0,
            y + 4.0
        );
    }
    for (index, line) in lines.iter().enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        let path: Vec<String> = line
            .points
            .iter()
            .map(|&(libraries, time)| {
                let (x, y) = at(libraries, time);
                format!("{x:.1},{y:.1}")
            })
            .collect();
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            path.join(" ")
        );
        for &(libraries, time) in &line.points {
            let (across, y) = at(libraries, time);
            let _ = writeln!(
                svg,
                "<circle cx=\"{across:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>"
            );
            if index == 0 {
                let _ = writeln!(
                    svg,
                    "<text x=\"{across:.1}\" y=\"{}\" text-anchor=\"middle\">{libraries}</text>",
                    TOP + HEIGHT + 18.0
                );
            }
        }
        let y = TOP + 16.0 * (index as f64 + 1.0);
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{y}\" fill=\"{colour}\">{}</text>",
            x + LEFT + 12.0,
            line.name
        );
    }
}
