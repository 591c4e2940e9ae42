//! What a file can say of a symbol. An interface that was read from one says
//! nothing else; a text might.

use super::{Binding, Class, Definition, EM_MIPS, Kind, Symbol, Target};

const EM_ARM: u16 = 40;

impl Symbol<'_> {
    /// What no file for this target says of a symbol that linkers see, if it is
    /// said of this one.
    pub fn unsayable(&self, target: &Target) -> Option<&'static str> {
        use Definition::{Absolute, Code, Data, Tls, Undefined};
        let fits = |value| target.class == Class::Elf64 || u32::try_from(value).is_ok();
        let is_confined = matches!(self.other & 3, 1 | 2);
        match self.definition {
            // ELF_ST_BIND and ELF_ST_TYPE that have a name.
            _ if matches!(self.binding, Binding::Other(0)) => Some("a local symbol"),
            _ if matches!(self.binding, Binding::Other(1 | 2 | 10)) => {
                Some("the number of a binding that has a name")
            }
            _ if matches!(self.kind, Kind::Other(0..=2 | 5 | 6 | 10)) => {
                Some("the number of a type that has a name")
            }
            _ if !fits(self.size) => Some("a size of more than 32 bits"),
            Undefined { .. } if self.hidden => Some("hidden, but undefined"),
            Undefined { .. } => None,
            _ if is_confined => Some("a definition that nobody sees"),
            Absolute { value } if !fits(value) => Some("a value of more than 32 bits"),
            Code { odd: true } if !matches!(target.machine, EM_ARM | EM_MIPS) => {
                Some("code at an odd address")
            }
            Tls { .. } if self.kind == Kind::Tls => None,
            Tls { .. } => Some("thread-local, but of another type"),
            _ if self.kind == Kind::Tls => Some("of type TLS, but not thread-local"),
            Code { .. } if self.kind == Kind::Object => Some("of type Object, but code"),
            Data { .. } if matches!(self.kind, Kind::Function | Kind::IndirectFunction) => {
                Some("a function, but data")
            }
            Absolute { .. } | Code { .. } | Data { .. } => None,
        }
    }
}
