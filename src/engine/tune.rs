//! Which main loop for products is the fastest on a device, of those that compute rightly there: tried out over the products of a plan.

use super::{
    DeviceInfo, Engine, EngineError,
    compare::{self, Difference},
    cpu::CpuEngine,
    gpu::{GpuEngine, ProductLoop, describe, product_loops},
    noise,
};
use crate::plan::{Plan, SequenceId};
use web_time::{Duration, Instant};

/// A main loop with what the trial found.
#[derive(Debug)]
pub struct Tried {
    /// The main loop.
    pub product: &'static ProductLoop,
    /// Seconds for each of the products tried once, the least of several rounds; where it computes wrongly, the first value that is off.
    pub seconds: Result<f64, Difference>,
}

/// No main loop computes on a device what its twin does.
#[derive(Debug, thiserror::Error)]
#[error(
    "{device} computes matrix products wrongly, whichever way they are computed ({what}); its driver may be at fault: \
     update it, take another device, or train with `device = \"cpu\"`"
)]
pub struct NoneRight {
    /// Device and driver.
    pub device: String,
    /// What each main loop got wrong.
    pub what: String,
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

/// The one sequence of a plan of products.
const TRIAL: SequenceId = SequenceId(0);

/// Tries every main loop that `adapter` can run, but for the plain one, over the largest products of `sequences`. Each is compared with
/// the twin in double precision before it is timed; they are timed by turns, so that a disturbance meets them all. The plain one is tried
/// where no other computes rightly.
///
/// # Errors
/// Any [`EngineError`].
pub fn tune(adapter: &wgpu::Adapter, plan: &Plan, sequences: &[SequenceId]) -> Result<Vec<Tried>, EngineError> {
    let info = describe(adapter);
    let loops: Vec<&'static ProductLoop> = product_loops(&info).collect();
    let products = plan.largest_products(sequences, PRODUCTS);
    let tried = try_out(adapter, &products, &loops[1..])?;
    if tried.iter().any(|tried| tried.seconds.is_ok()) {
        return Ok(tried);
    }
    Ok(tried.into_iter().chain(try_out(adapter, &products, &loops[..1])?).collect())
}

/// Tries `loops` over `products`, a plan of products alone.
///
/// # Errors
/// Any [`EngineError`].
pub fn try_out(adapter: &wgpu::Adapter, products: &Plan, loops: &[&'static ProductLoop]) -> Result<Vec<Tried>, EngineError> {
    let mut oracle = CpuEngine::<f64>::open(products.clone());
    noise::fill(&mut oracle)?;
    let mut candidates = Vec::new();
    for &product in loops {
        let mut engine = GpuEngine::open_with(adapter, products.clone(), product)?;
        noise::fill(&mut engine)?;
        // This run also warms up.
        let seconds = match compare::compare(&mut engine, &mut oracle, &[TRIAL], compare::TOLERANCE)? {
            None => Ok(f64::INFINITY),
            Some(difference) => Err(difference),
        };
        candidates.push((engine, Tried { product, seconds }));
    }
    drop(oracle);
    let start = Instant::now();
    for round in 0..ROUNDS {
        let best = candidates.iter().filter_map(|(_, tried)| tried.seconds.as_ref().ok()).fold(f64::INFINITY, |a, b| a.min(*b));
        for (engine, tried) in &mut candidates {
            let Ok(seconds) = &mut tried.seconds else { continue };
            if round == 0 || *seconds <= HOPELESS * best {
                let times = engine.profile(&[TRIAL])?.times;
                *seconds = seconds.min(times.iter().map(|time| time.seconds).sum());
            }
        }
        if start.elapsed() > TIME {
            break;
        }
    }
    Ok(candidates.into_iter().map(|(_, tried)| tried).collect())
}

/// The fastest of those `tried` on `device` that compute rightly; its usual one, where that is hardly slower.
///
/// # Errors
/// [`NoneRight`] where none does.
pub fn choose(tried: &[Tried], usual: &'static ProductLoop, device: &DeviceInfo) -> Result<&'static ProductLoop, NoneRight> {
    let right = || tried.iter().filter_map(|tried| Some((tried.product, *tried.seconds.as_ref().ok()?)));
    let Some((best, least)) = right().min_by(|a, b| a.1.total_cmp(&b.1)) else {
        let wrong = tried.iter().filter_map(|tried| Some(format!("{}: {}", tried.product.name(), tried.seconds.as_ref().err()?)));
        return Err(NoneRight { device: device.to_string(), what: wrong.collect::<Vec<_>>().join("; ") });
    };
    match right().find(|(product, _)| std::ptr::eq(*product, usual)) {
        Some((_, seconds)) if least >= MARGIN * seconds => Ok(usual),
        _ => Ok(best),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{DeviceKind, gpu::PRODUCT_LOOPS};

    fn off() -> Difference {
        let (kernel, output) = ("linear_forward", "y = y".into());
        Difference { sequence: "products", index: 0, kernel, output, element: 3, value: 1.0, expected: 2.0 }
    }

    #[test]
    fn the_usual_loop_stays_unless_another_is_clearly_faster() {
        let [usual, other] = [&PRODUCT_LOOPS[1], &PRODUCT_LOOPS[2]];
        let device = DeviceInfo {
            name: "GPU".into(),
            kind: DeviceKind::DiscreteGpu,
            backend: "Vulkan".into(),
            driver: String::new(),
            f16: false,
            subgroup: None,
        };
        let chosen = |first: Option<f64>, second: Option<f64>| {
            let seconds = |seconds: Option<f64>| seconds.ok_or_else(off);
            let tried = [Tried { product: usual, seconds: seconds(first) }, Tried { product: other, seconds: seconds(second) }];
            choose(&tried, usual, &device).map(|product| product.snippet.name)
        };
        let [usual, other] = [usual, other].map(|product| product.snippet.name);
        assert!(matches!(chosen(Some(1.0), Some(0.95)), Ok(name) if name == usual));
        assert!(matches!(chosen(Some(1.0), Some(0.8)), Ok(name) if name == other));
        assert!(matches!(chosen(Some(1.0), Some(1.2)), Ok(name) if name == usual));
        assert!(matches!(chosen(None, Some(9.0)), Ok(name) if name == other), "the usual one is wrong");
        assert!(matches!(chosen(Some(9.0), None), Ok(name) if name == usual), "the other is wrong");
        let error = chosen(None, None).expect_err("both are wrong").to_string();
        for part in ["GPU", usual, other, "element 3 is 1, the reference has 2", "device = \"cpu\""] {
            assert!(error.contains(part), "'{part}' in: {error}");
        }
    }
}
