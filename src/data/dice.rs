//! Random numbers that depend only on (seed, index), so that any image can be drawn on its own.

use crate::random::pcg4d;

/// A stream of random numbers for one image.
pub(super) struct Dice {
    seed: u32,
    index: u64,
    drawn: u32,
}

impl Dice {
    /// The stream of image `index` under `seed`.
    pub(super) fn new(seed: u32, index: usize) -> Self {
        Dice { seed, index: index as u64, drawn: 0 }
    }

    fn words(&mut self) -> [u32; 4] {
        self.drawn += 1;
        let (low, high) = (self.index as u32, (self.index >> 32) as u32);
        pcg4d([self.seed, low, high, self.drawn])
    }

    /// Uniform in [0, 1).
    pub(super) fn uniform(&mut self) -> f32 {
        unit(self.words()[3])
    }

    /// Near enough normal: the sum of four uniforms, scaled to mean 0 and deviation 1. It has no
    /// wild tails (at most 3.5 deviations) and uses nothing that differs between machines.
    pub(super) fn normal(&mut self) -> f32 {
        let sum: f32 = self.words().map(unit).iter().sum();
        (sum - 2.0) * 3.0_f32.sqrt()
    }
}

/// The top 24 bits of a word as a number in [0, 1).
fn unit(word: u32) -> f32 {
    (word >> 8) as f32 / (1 << 24) as f32
}
