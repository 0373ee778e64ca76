//! Which main loop for products is the fastest on a device: tried out over the products of a plan.

use super::{GpuEngine, ProductLoop, describe, product_loops};
use crate::{
    engine::{Engine, EngineError, noise},
    plan::{Plan, SequenceId},
};
use std::time::{Duration, Instant};

/// A main loop with the time that it took.
#[derive(Clone, Copy, Debug)]
pub struct Tried {
    /// The main loop.
    pub product: &'static ProductLoop,
    /// Seconds for each of the products tried once, the least of several rounds.
    pub seconds: f64,
}

/// Rounds after the first end when this has passed.
const TIME: Duration = Duration::from_millis(1000);

/// Most rounds.
const ROUNDS: usize = 20;

/// What takes this many times as long as the fastest is not tried again.
const HOPELESS: f64 = 1.5;

/// By how much a main loop must beat the usual one of the device to take its place: less could be chance.
const MARGIN: f64 = 0.9;

/// Products that are tried: the largest one of each of so many kernels. Drivers take long to compile the others too.
const PRODUCTS: usize = 3;

/// Times every main loop that `adapter` can run, but for the plain one, over the largest products of `sequences`, by turns so that a
/// disturbance meets them all.
///
/// # Errors
/// Any [`EngineError`].
pub fn tune(adapter: &wgpu::Adapter, plan: &Plan, sequences: &[SequenceId]) -> Result<Vec<Tried>, EngineError> {
    let mut products = plan.products(sequences);
    let dispatches = &mut products.sequences[0].dispatches;
    dispatches.sort_by_key(|dispatch| std::cmp::Reverse(dispatch.flops()));
    let mut kernels: Vec<&str> = Vec::new();
    dispatches.retain(|dispatch| {
        let first = !kernels.contains(&dispatch.kernel.name);
        kernels.push(dispatch.kernel.name);
        first
    });
    dispatches.truncate(PRODUCTS);
    let mut candidates = Vec::new();
    for product in product_loops(&describe(adapter)).skip(1) {
        let mut engine = GpuEngine::open_with(adapter, products.clone(), product)?;
        noise::fill(&mut engine)?;
        // The first run warms up.
        engine.profile(&[SequenceId(0)])?;
        candidates.push((engine, Tried { product, seconds: f64::INFINITY }));
    }
    let start = Instant::now();
    for round in 0..ROUNDS {
        let best = candidates.iter().map(|(_, tried)| tried.seconds).fold(f64::INFINITY, f64::min);
        for (engine, tried) in &mut candidates {
            if round == 0 || tried.seconds <= HOPELESS * best {
                let times = engine.profile(&[SequenceId(0)])?.times;
                tried.seconds = tried.seconds.min(times.iter().map(|time| time.seconds).sum());
            }
        }
        if start.elapsed() > TIME {
            break;
        }
    }
    Ok(candidates.into_iter().map(|(_, tried)| tried).collect())
}

/// The fastest of `tried`; `usual`, where that is hardly slower.
pub fn choose(tried: &[Tried], usual: &'static ProductLoop) -> &'static ProductLoop {
    let seconds = |product: &ProductLoop| tried.iter().find(|t| std::ptr::eq(t.product, product)).map_or(f64::INFINITY, |t| t.seconds);
    match tried.iter().min_by(|a, b| a.seconds.total_cmp(&b.seconds)) {
        Some(best) if best.seconds < MARGIN * seconds(usual) => best.product,
        _ => usual,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::gpu::PRODUCT_LOOPS;

    #[test]
    fn the_usual_loop_stays_unless_another_is_clearly_faster() {
        let [usual, other] = [&PRODUCT_LOOPS[1], &PRODUCT_LOOPS[2]];
        let name = |times: [f64; 2]| {
            let tried = [Tried { product: usual, seconds: times[0] }, Tried { product: other, seconds: times[1] }];
            choose(&tried, usual).snippet.name
        };
        assert_eq!(name([1.0, 0.95]), usual.snippet.name);
        assert_eq!(name([1.0, 0.8]), other.snippet.name);
        assert_eq!(name([1.0, 1.2]), usual.snippet.name);
        assert_eq!(choose(&[], usual).snippet.name, usual.snippet.name);
    }
}
