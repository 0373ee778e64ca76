//! How much work goes to the queue at once. A driver takes a device for hung where one submission runs for too long, and resets it:
//! Windows after 2 s, drivers on Linux after 2 to 10 s. A single dispatch is never split.

/// What one submission may take, as far as can be foreseen: well below the 2 s, for what can be foreseen is rough.
const SECONDS: f64 = 0.25;

/// Cost per second until work has been measured: that of a slow device.
const SLOW: f64 = 4e9;

/// The cost of a byte, in floating-point operations.
const BYTE: f64 = 8.0;

/// Foresees from the work that has been measured what more of it will take.
pub(super) struct Pace {
    /// Of the work that has been measured, the newest weighing most.
    cost: f64,
    seconds: f64,
}

impl Pace {
    /// Before any work.
    pub fn slow() -> Pace {
        // Little beside the first measurement.
        Pace { cost: SLOW * 1e-3, seconds: 1e-3 }
    }

    /// Something near proportional to the time that work takes.
    pub fn cost(flops: usize, bytes: usize) -> f64 {
        flops as f64 + BYTE * bytes as f64
    }

    /// Work of this cost has taken so long; reads alone cost nothing and tell nothing.
    pub fn measured(&mut self, cost: f64, seconds: f64) {
        if cost > 0.0 {
            self.cost = 0.5 * self.cost + cost;
            self.seconds = 0.5 * self.seconds + seconds;
        }
    }

    /// `work` in pieces to be submitted one by one, at least one of them; `cost` is that of an item.
    pub fn pieces<'a, T>(&self, work: &'a [T], cost: impl Fn(&T) -> f64) -> Vec<&'a [T]> {
        let most = SECONDS * self.cost / self.seconds;
        let (mut pieces, mut first, mut sum) = (Vec::new(), 0, 0.0);
        for (i, item) in work.iter().enumerate() {
            let next = cost(item);
            if i > first && sum + next > most {
                pieces.push(&work[first..i]);
                (first, sum) = (i, 0.0);
            }
            sum += next;
        }
        pieces.push(&work[first..]);
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(pace: &Pace, work: &[f64]) -> Vec<usize> {
        pace.pieces(work, |cost| *cost).iter().map(|piece| piece.len()).collect()
    }

    #[test]
    fn a_piece_is_as_long_as_the_measurements_allow() {
        let mut pace = Pace::slow();
        let most = SECONDS * SLOW;
        assert_eq!(lengths(&pace, &[]), [0], "one piece, to carry what is read");
        assert_eq!(lengths(&pace, &[0.3 * most; 7]), [3, 3, 1]);
        assert_eq!(lengths(&pace, &[0.3 * most, 5.0 * most, 0.3 * most]), [1, 1, 1], "a single dispatch is not split");
        // A device a thousand times as fast.
        pace.measured(1000.0 * SLOW, 1.0);
        assert_eq!(lengths(&pace, &[0.3 * most; 3000]), [3000]);
        // It slows down to what was taken for granted.
        for _ in 0..20 {
            pace.measured(SLOW, 1.0);
        }
        assert_eq!(lengths(&pace, &[0.3 * most; 7]), [3, 3, 1]);
        pace.measured(0.0, 1e9);
        assert_eq!(lengths(&pace, &[0.3 * most; 7]), [3, 3, 1], "reads alone");
    }
}
