//! How what is written comes to stand at its place.

/// How a tree comes to stand at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// Written beside its place and renamed: at no time does anybody see half
    /// of it. A process killed on the way leaves `.stub-builder-*.tmp` there.
    Atomic,
    /// Written at its place, for builders in Nix: beside `$out` lies the store,
    /// which is not theirs, and Nix throws away the output of a failed builder.
    Direct,
}
