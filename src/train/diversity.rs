//! The collapse meter: how far generated images lie from each other, beside how far real ones do.
//!
//! Where G has collapsed it gives the same image for every latent, and the mean distance between pairs of its images falls towards 0,
//! while that of the data stays. The latents are those of the previews, the same all through a run.

use crate::data::{DataSet, Values};

/// Images that are compared pair by pair, at most: 2016 pairs are steady to about one part in a hundred.
const GENERATED: usize = 64;

/// The same for real images, which are measured once.
const REAL: usize = 128;

/// Mean Euclidean distance between pairs of the first images of `images` `[count, pixels]`; `None` where no two differ.
fn mean_distance(images: &[f32], pixels: usize, most: usize) -> Option<f32> {
    let rows: Vec<&[f32]> = images.chunks_exact(pixels).take(most).collect();
    let distance = |a: &[f32], b: &[f32]| f64::from(a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt());
    let pairs = rows.iter().enumerate().flat_map(|(i, a)| rows[..i].iter().map(|b| distance(a, b)));
    let (sum, count) = pairs.fold((0.0, 0u32), |(sum, count), d| (sum + d, count + 1));
    (sum > 0.0).then(|| (sum / f64::from(count)) as f32)
}

/// The yardstick of a data set.
#[derive(Clone, Copy, Debug)]
pub struct Diversity {
    /// Mean distance between real images, where they differ at all.
    real: Option<f32>,
    pixels: usize,
}

impl Diversity {
    /// Measures images spread evenly over `data`, in the generator's `range` (points as they are).
    pub fn of(data: &DataSet, (low, high): (f32, f32)) -> Diversity {
        let count = data.count.min(REAL);
        let pixels = data.pixels();
        let chosen = (0..count).map(|i| i * data.count / count).flat_map(|i| i * pixels..(i + 1) * pixels);
        let values: Vec<f32> = match &data.values {
            Values::Bytes(bytes) => chosen.map(|i| low + (high - low) * f32::from(bytes[i]) / 255.0).collect(),
            Values::Reals(reals) => chosen.map(|i| reals[i]).collect(),
        };
        Diversity { real: mean_distance(&values, pixels, REAL), pixels }
    }

    /// Mean distance between `generated` images `[count, pixels]` over that between real ones: near 1 for a generator that shows
    /// all that the data has, 0 for one that always gives the same image. `None` where there is nothing to compare.
    pub fn share(&self, generated: &[f32]) -> Option<f32> {
        if generated.len() < 2 * self.pixels {
            return None;
        }
        self.real.map(|real| mean_distance(generated, self.pixels, GENERATED).unwrap_or(0.0) / real)
    }
}
