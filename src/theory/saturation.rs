//! The gradient that each loss gives G while D learns to tell its points apart.

use super::{Bench, Gaussian, Open, TheoryError, data};

/// What G is told at one moment of D's training.
#[derive(Clone, Copy, Debug)]
pub struct Push {
    /// Updates of D done.
    pub updates: u32,
    /// Mean of D(G(z)).
    pub d_fake: f64,
    /// Norm of G's gradient under log(1 - D(G(z))).
    pub minimax: f64,
    /// Norm of G's gradient under -log D(G(z)).
    pub non_saturating: f64,
}

/// Updates of D at which G's gradients are measured.
const MOMENTS: [u32; 11] = [0, 8, 16, 32, 48, 64, 96, 128, 256, 512, 1024];

/// D's learning rate: as of a run.
const RATE: f64 = 1e-3;

/// Trains D against a G that stands far off and measures, with the same weights and latents, the gradient of G under both losses.
///
/// # Errors
/// [`TheoryError`].
pub fn saturation(open: Open, seed: u32) -> Result<Vec<Push>, TheoryError> {
    let (_, p_data) = data()?;
    let p_g = Gaussian { mean: p_data.mean - 4.0, sigma: p_data.sigma };
    let mut benches = [Bench::open(open, seed, "minimax")?, Bench::open(open, seed, "non_saturating")?];
    for bench in &mut benches {
        bench.set(p_g, seed)?;
    }
    let mut pushes = Vec::new();
    let mut done = 0;
    for updates in MOMENTS {
        let mut norms = [0.0; 2];
        let mut d_fake = 0.0;
        for (bench, norm) in benches.iter_mut().zip(&mut norms) {
            // Both losses are one to D: it learns the same beside either.
            bench.train_d(updates - done, RATE)?;
            (d_fake, *norm) = gradient(bench)?;
        }
        done = updates;
        pushes.push(Push { updates, d_fake, minimax: norms[0], non_saturating: norms[1] });
    }
    Ok(pushes)
}

/// Mean D(G(z)) and the norm of G's gradient. G's learning rate is 0: it does not move.
fn gradient(bench: &mut Bench) -> Result<(f64, f64), TheoryError> {
    let reads = vec![bench.gan.update_g.values[0].clone(), bench.gan.generator.gradients.all.clone()];
    let runs = bench.gan.update_g.runs().to_vec();
    bench.engine.submit(&crate::engine::Work { runs, times: 1, reads, ..Default::default() })?;
    let Some(done) = bench.engine.collect(true)? else { return Ok((f64::NAN, f64::NAN)) };
    let norm = done.reads[1].iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
    Ok((f64::from(done.reads[0][1]), norm))
}
