//! Numbers measured several times.

/// Quartiles of several measurements.
#[derive(Clone, Copy, Debug)]
pub struct Quartiles {
    /// A quarter of them are below.
    pub low: f64,
    /// Half of them are below.
    pub median: f64,
    /// Three quarters of them are below.
    pub high: f64,
}

/// Quartiles by linear interpolation between neighbours; NaN where there is no value.
pub fn quartiles(values: &[f64]) -> Quartiles {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = share * sorted.len().saturating_sub(1) as f64;
        let (below, above) = (sorted.get(place.floor() as usize), sorted.get(place.ceil() as usize));
        let (below, above) = (below.copied().unwrap_or(f64::NAN), above.copied().unwrap_or(f64::NAN));
        below + (above - below) * place.fract()
    };
    Quartiles { low: at(0.25), median: at(0.5), high: at(0.75) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_lie_between_neighbours() {
        let q = quartiles(&[4.0, 1.0, 3.0, 2.0]);
        assert_eq!((q.low, q.median, q.high), (1.75, 2.5, 3.25));
        let one = quartiles(&[7.0]);
        assert_eq!((one.low, one.median, one.high), (7.0, 7.0, 7.0));
        assert!(quartiles(&[]).median.is_nan());
    }
}
