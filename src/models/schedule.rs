//! In which order G and D move.

/// In which order the players move.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Schedule {
    /// k updates of D, each on its own batch and latents, then one of G on latents of its own against the new D.
    Alternating,
    /// Both gradients at the same parameters, on one batch and one draw of latents and masks, then both updates
    /// (the code of Goodfellow et al. 2014).
    Simultaneous,
}

impl Schedule {
    /// All of them, the default first.
    pub const ALL: [Self; 2] = [Self::Alternating, Self::Simultaneous];

    /// Name in a configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Alternating => "alternating",
            Self::Simultaneous => "simultaneous",
        }
    }
}
