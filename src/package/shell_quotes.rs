//! Which quotes each byte of a shell script stands in (POSIX.1-2024, Shell
//! Command Language, 2.2 Quoting and 2.7.4 Here-Document), as far as it takes
//! to put a variable there.

/// The quotes around a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quotes {
    Bare,
    /// Within backquotes within double quotes: POSIX leaves open what another
    /// double quote does there.
    BareInDouble,
    Double,
    Single,
    SingleInDouble,
    /// `$'...'`
    Dollar,
    HereDocument,
    /// `<<'EOF'`: nothing is replaced.
    QuotedHereDocument,
    Comment,
}

/// The quotes of every byte, or the offset of what is never closed.
pub fn quotes(script: &[u8]) -> Result<Vec<Quotes>, usize> {
    let mut reader = Reader {
        script,
        at: 0,
        quotes: vec![Quotes::Bare; script.len()],
        frames: vec![Frame::new(Kind::Commands, 0, None)],
        documents: Vec::new(),
    };
    while reader.at < script.len() {
        reader.step()?;
    }
    match reader.frames.as_slice() {
        [_] => Ok(reader.quotes),
        frames => Err(frames.last().map_or(0, |frame| frame.start)),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The script, or `( ... )` and `$( ... )`.
    Commands,
    Backquotes,
    /// `${ ... }`
    Braces,
    Double,
    /// `$(( ... ))`, one frame for each bracket.
    Arithmetic,
}

struct Frame {
    kind: Kind,
    start: usize,
    /// Open `case` commands: their patterns have brackets without a partner.
    cases: usize,
    /// Whether a command's name comes next.
    command: bool,
    /// The quotes of plain text here.
    plain: Quotes,
    /// Whether there are double quotes around this.
    in_double: bool,
    /// The innermost backquotes, as the number of their frame, and what plain
    /// text is in them but for double quotes.
    backquotes: Option<(usize, Quotes)>,
}

impl Frame {
    /// A frame within `outer`, which has that number. What is around it is kept
    /// here: a script may open a hundred thousand of them.
    fn new(kind: Kind, start: usize, outer: Option<(usize, &Frame)>) -> Self {
        let within = outer.map(|(_, frame)| frame);
        let in_double = within.is_some_and(|frame| frame.in_double || frame.kind == Kind::Double);
        let backquotes = match (kind, outer) {
            (Kind::Backquotes, Some((number, _))) if in_double => {
                Some((number + 1, Quotes::BareInDouble))
            }
            (Kind::Backquotes, Some((number, _))) => Some((number + 1, Quotes::Bare)),
            _ => within.and_then(|frame| frame.backquotes),
        };
        let bare = backquotes.map_or(Quotes::Bare, |(_, quotes)| quotes);
        Frame {
            kind,
            start,
            cases: 0,
            command: true,
            plain: match kind {
                Kind::Double => Quotes::Double,
                Kind::Commands | Kind::Backquotes => bare,
                // `${...}` and `$((...))` within double quotes are quoted as well.
                Kind::Braces | Kind::Arithmetic => within.map_or(bare, |frame| frame.plain),
            },
            in_double,
            backquotes,
        }
    }
}

struct Document {
    end: Vec<u8>,
    quoted: bool,
    strip_tabs: bool,
}

struct Reader<'a> {
    script: &'a [u8],
    at: usize,
    quotes: Vec<Quotes>,
    /// Never empty: the first is the script itself.
    frames: Vec<Frame>,
    /// Here-documents that begin after this line.
    documents: Vec<Document>,
}

/// After these a command's name comes.
const BEFORE_COMMANDS: [&[u8]; 9] = [
    b"if", b"then", b"elif", b"else", b"while", b"until", b"do", b"time", b"!",
];

impl Reader<'_> {
    fn rest(&self) -> &[u8] {
        self.script.get(self.at..).unwrap_or_default()
    }

    /// Gives the next `length` bytes these quotes and moves behind them.
    fn take(&mut self, length: usize, quotes: Quotes) {
        let end = (self.at + length).min(self.script.len());
        self.quotes[self.at..end].fill(quotes);
        self.at = end;
    }

    fn push(&mut self, kind: Kind) {
        let outer = self.frames.len().checked_sub(1);
        let outer = outer.map(|last| (last, &self.frames[last]));
        let frame = Frame::new(kind, self.at, outer);
        self.frames.push(frame);
    }

    fn kind(&self) -> Kind {
        self.frames
            .last()
            .map_or(Kind::Commands, |frame| frame.kind)
    }

    /// The quotes of plain text here.
    fn plain(&self) -> Quotes {
        self.frames.last().map_or(Quotes::Bare, |frame| frame.plain)
    }

    fn set_command(&mut self, command: bool) {
        if let Some(frame) = self.frames.last_mut() {
            frame.command = command;
        }
    }

    fn step(&mut self) -> Result<(), usize> {
        let plain = self.plain();
        let kind = self.kind();
        let next = self.rest().get(1).copied();
        match (self.rest()[0], next) {
            (b'\\', _) => {
                self.take(2, plain);
                self.set_command(false);
            }
            (b'$', Some(b'(')) => {
                let arithmetic = self.rest().get(2) == Some(&b'(');
                self.set_command(false);
                if arithmetic {
                    self.push(Kind::Arithmetic);
                    self.push(Kind::Arithmetic);
                    self.take(3, plain);
                } else {
                    self.push(Kind::Commands);
                    self.take(2, plain);
                }
            }
            (b'$', Some(b'{')) => {
                self.set_command(false);
                self.push(Kind::Braces);
                // `${#name}` and `${name#pattern}` begin no comment.
                self.take(2, plain);
            }
            (b'`', _) => self.backquote(plain),
            (b'"', _) => {
                self.set_command(false);
                if kind == Kind::Double {
                    self.frames.pop();
                } else {
                    self.push(Kind::Double);
                }
                self.take(1, plain);
            }
            (b'}', _) if kind == Kind::Braces => {
                self.frames.pop();
                self.take(1, plain);
            }
            (b')', _) if kind == Kind::Arithmetic => {
                self.frames.pop();
                self.take(1, plain);
            }
            (b'(', _) if kind == Kind::Arithmetic => {
                self.push(Kind::Arithmetic);
                self.take(1, plain);
            }
            _ if plain == Quotes::Double => self.take(1, plain),
            (b'$', Some(b'\'')) => {
                self.set_command(false);
                self.dollar_quotes()?;
            }
            (b'\'', _) => {
                self.set_command(false);
                self.single_quotes(plain)?;
            }
            _ if matches!(kind, Kind::Braces | Kind::Arithmetic) => self.take(1, plain),
            (byte, next) => self.command_text(byte, next, plain)?,
        }
        Ok(())
    }

    fn backquote(&mut self, plain: Quotes) {
        self.set_command(false);
        // The innermost backquote is closed by this one, whatever else is
        // open: backquotes don't nest without backslashes.
        let open = self.frames.last().and_then(|frame| frame.backquotes);
        match open {
            Some((at, _)) => self.frames.truncate(at),
            None => self.push(Kind::Backquotes),
        }
        self.take(1, plain);
    }

    fn single_quotes(&mut self, plain: Quotes) -> Result<(), usize> {
        let length = memchr::memchr(b'\'', &self.rest()[1..]).ok_or(self.at)?;
        let quotes = match plain {
            Quotes::BareInDouble => Quotes::SingleInDouble,
            _ => Quotes::Single,
        };
        self.take(length + 2, quotes);
        Ok(())
    }

    fn dollar_quotes(&mut self) -> Result<(), usize> {
        let mut length = 2;
        loop {
            match self.rest().get(length) {
                None => return Err(self.at),
                Some(b'\\') => length += 2,
                Some(b'\'') => break,
                Some(_) => length += 1,
            }
        }
        self.take(length + 1, Quotes::Dollar);
        Ok(())
    }

    /// Commands without quotes around them.
    fn command_text(&mut self, byte: u8, next: Option<u8>, plain: Quotes) -> Result<(), usize> {
        let command = self.frames.last().is_some_and(|frame| frame.command);
        let starts_word = self
            .at
            .checked_sub(1)
            .is_none_or(|at| b" \t\r\n;&|()`".contains(&self.script[at]));
        match byte {
            b'#' if starts_word => {
                let length = memchr::memchr(b'\n', self.rest()).unwrap_or(self.rest().len());
                self.take(length, Quotes::Comment);
            }
            b'\n' => {
                self.take(1, plain);
                self.set_command(true);
                for document in std::mem::take(&mut self.documents) {
                    self.document(&document);
                }
            }
            b'<' if next == Some(b'<') => self.redirection(plain),
            // ((...)) computes, it does not redirect.
            b'(' if next == Some(b'(') && command => {
                self.push(Kind::Arithmetic);
                self.push(Kind::Arithmetic);
                self.take(2, plain);
            }
            b'(' => {
                self.push(Kind::Commands);
                self.take(1, plain);
            }
            b')' => {
                let cases = self.frames.last().map_or(0, |frame| frame.cases);
                let closes = self.kind() == Kind::Commands && self.frames.len() > 1;
                if closes && cases == 0 {
                    self.frames.pop();
                }
                self.take(1, plain);
                self.set_command(true);
            }
            b';' | b'&' | b'|' | b'{' => {
                self.take(1, plain);
                self.set_command(true);
            }
            b' ' | b'\t' | b'\r' => self.take(1, plain),
            _ => self.word(command && starts_word, plain),
        }
        Ok(())
    }

    /// A word, or what of it comes before the next quote.
    fn word(&mut self, is_command: bool, plain: Quotes) {
        let ends = |b: &u8| b" \t\r\n;&|()<>`\"'$\\{}".contains(b);
        let length = self
            .rest()
            .iter()
            .position(ends)
            .unwrap_or(self.rest().len())
            .max(1);
        let word = self.rest()[..length].to_vec();
        self.take(length, plain);
        if let Some(frame) = self.frames.last_mut() {
            frame.command = is_command && BEFORE_COMMANDS.contains(&word.as_slice());
            match word.as_slice() {
                b"case" if is_command => frame.cases += 1,
                b"esac" if is_command => frame.cases = frame.cases.saturating_sub(1),
                _ => {}
            }
        }
    }

    /// `<<word`, `<<-word`, or bash's `<<<word`.
    fn redirection(&mut self, plain: Quotes) {
        self.set_command(false);
        if self.rest().starts_with(b"<<<") {
            return self.take(3, plain);
        }
        let strip_tabs = self.rest().starts_with(b"<<-");
        self.take(if strip_tabs { 3 } else { 2 }, plain);
        while matches!(self.rest().first(), Some(b' ' | b'\t')) {
            self.take(1, plain);
        }
        let mut end = Vec::new();
        let mut quoted = false;
        let mut quote = None;
        while let Some(&byte) = self.rest().first() {
            match (byte, quote) {
                (_, Some(open)) if byte == open => quote = None,
                (b'\'' | b'"', None) => {
                    quoted = true;
                    quote = Some(byte);
                }
                (b'\\', None) => quoted = true,
                (_, None) if b" \t\r\n;&|()<>`".contains(&byte) => break,
                (b'\n', _) => break,
                _ => end.push(byte),
            }
            self.take(1, plain);
        }
        self.documents.push(Document {
            end,
            quoted,
            strip_tabs,
        });
    }

    /// A here-document and the line that ends it; the end of the script ends it
    /// too.
    fn document(&mut self, document: &Document) {
        let rest = self.rest();
        let mut length = 0;
        for line in rest.split_inclusive(|&b| b == b'\n') {
            length += line.len();
            let line = line.trim_ascii_end();
            let tabs = line.iter().take_while(|&&b| b == b'\t').count();
            let line = if document.strip_tabs {
                &line[tabs..]
            } else {
                line
            };
            if line == document.end {
                break;
            }
        }
        if document.quoted {
            return self.take(length, Quotes::QuotedHereDocument);
        }
        // A command in the document has quotes of its own: nothing is known
        // about those, so nothing may be put there.
        let text = &rest[..length];
        let command = memchr::memchr(b'`', text)
            .into_iter()
            .chain(memchr::memmem::find(text, b"$("))
            .min()
            .filter(|&command| text[command..].contains(&b'\''));
        self.take(command.unwrap_or(length), Quotes::HereDocument);
        if let Some(command) = command {
            self.take(length - command, Quotes::QuotedHereDocument);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The quotes of each `@` in the script.
    fn at(script: &str) -> Vec<Quotes> {
        let all = quotes(script.as_bytes()).unwrap();
        let wanted = script.bytes().zip(all).filter(|(b, _)| *b == b'@');
        wanted.map(|(_, quotes)| quotes).collect()
    }

    #[test]
    fn quotes_are_told_apart() {
        use Quotes::*;
        for (script, expected) in [
            (
                "a=@ '@' \"@\" $'@\\'@' # '@",
                vec![Bare, Single, Double, Dollar, Dollar, Comment],
            ),
            ("\\'@ \\\"@ \"\\\"@'\" @", vec![Bare, Bare, Double, Bare]),
            (
                "\"$(a @ '@' \"@\" # @'\n)@\"",
                vec![Bare, Single, Double, Comment, Double],
            ),
            ("`@ '@' \"@\"`@", vec![Bare, Single, Double, Bare]),
            ("\"`@ '@'`@\"", vec![BareInDouble, SingleInDouble, Double]),
            (
                "${a:-@} ${a#'@'} \"${a:-@'}\" @",
                vec![Bare, Single, Double, Bare],
            ),
            ("x#@ ${#a} @ $# @ $((1 << 2)) @", vec![Bare; 4]),
            ("((a<<2))\n@\n[ $((16#f)) ] '@'", vec![Bare, Single]),
            (
                "$(case a in b) '@';; (c) @;; esac) '@'",
                vec![Single, Bare, Single],
            ),
            (
                "case a in b) '@';; esac; f() { '@'; }",
                vec![Single, Single],
            ),
            ("$(echo case a) '@'", vec![Single]),
            ("if case a in b) ;; esac; then '@'; fi", vec![Single]),
            (
                "cat <<EOF; '@'\n'@\"\nEOF\n'@'",
                vec![Single, HereDocument, Single],
            ),
            (
                "cat <<-'A B'\n\t@\n\tA B\n@",
                vec![QuotedHereDocument, Bare],
            ),
            (
                "cat <<\\E <<F\n@\nE\n@\nF\n@",
                vec![QuotedHereDocument, HereDocument, Bare],
            ),
            ("$(cat <<E\n@)\nE\n) '@'", vec![HereDocument, Single]),
            (
                "cat <<E\n'@\n$(a '@')\nE\n@",
                vec![HereDocument, QuotedHereDocument, Bare],
            ),
            ("cat <<E\n'@' $(a @)\nE\n", vec![HereDocument; 2]),
            ("a <<<'@' @", vec![Single, Bare]),
            ("x=(a '@' @) y=@", vec![Single, Bare, Bare]),
            ("[[ a =~ ^(@)$ ]] && '@'", vec![Bare, Single]),
        ] {
            assert_eq!(at(script), expected, "{script}");
        }
    }

    #[test]
    fn what_is_never_closed_is_told() {
        for (script, offset) in [
            ("a 'b", 2),
            ("a \"b", 2),
            ("a $(b", 2),
            ("a `b", 2),
            ("${a", 0),
        ] {
            assert_eq!(quotes(script.as_bytes()), Err(offset), "{script}");
        }
        for script in ["\\", "$'\\", "<<", "<<'", "cat <<E\n", "#", "$((", "\"\\"] {
            let _ = quotes(script.as_bytes());
        }
    }
}
