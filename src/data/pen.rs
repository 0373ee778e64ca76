//! Draws strokes: a smooth curve through control points, then anti-aliased ink along it.

/// A point: x to the right, y down.
pub(super) type Point = [f32; 2];

/// Pieces of a curve between two control points.
const PIECES: usize = 6;

/// The polyline of a Catmull-Rom curve through `points`. A point given twice in a row is a corner:
/// the curve stops there and starts anew.
pub(super) fn curve(points: &[Point]) -> Vec<Point> {
    let mut line = Vec::with_capacity(points.len() * PIECES);
    let mut start = 0;
    for end in 1..=points.len() {
        if end == points.len() || points[end] == points[end - 1] {
            smooth(&points[start..end], &mut line);
            start = end;
        }
    }
    line
}

/// Appends the curve through `points`, which has no corners inside.
fn smooth(points: &[Point], line: &mut Vec<Point>) {
    let Some(last) = points.len().checked_sub(1) else {
        return;
    };
    for i in 0..last {
        let [a, b] = [points[i.saturating_sub(1)], points[i]];
        let [c, d] = [points[i + 1], points[(i + 2).min(last)]];
        for piece in 0..PIECES {
            let t = piece as f32 / PIECES as f32;
            line.push([0, 1].map(|k| {
                let cubic = 3.0 * (b[k] - c[k]) + d[k] - a[k];
                let square = 2.0 * a[k] - 5.0 * b[k] + 4.0 * c[k] - d[k];
                b[k] + 0.5 * t * (c[k] - a[k] + t * (square + t * cubic))
            }));
        }
    }
    line.push(points[last]);
}

/// Inks `lines` (in pixels) with a round pen of `radius` pixels on a black square of `size` pixels.
/// Returns size x size values from 0 (paper) to 255 (ink); `soft` is the width of the edge in
/// pixels.
pub(super) fn ink(lines: &[Vec<Point>], radius: f32, soft: f32, size: usize) -> Vec<u8> {
    let reach = radius + soft;
    let mut nearest = vec![reach * reach; size * size];
    for line in lines {
        for pair in line.windows(2) {
            mark(pair[0], pair[1], reach, &mut nearest, size);
        }
    }
    nearest
        .iter()
        .map(|square| {
            let covered = (radius - square.sqrt()) / soft + 0.5;
            (covered.clamp(0.0, 1.0) * 255.0).round() as u8
        })
        .collect()
}

/// Lowers the squared distances in `nearest` to those from the segment `a`-`b`, looking only at the
/// pixels within `reach` of it.
fn mark(a: Point, b: Point, reach: f32, nearest: &mut [f32], size: usize) {
    // Pixel i is centred at i + 0.5; casts from float to usize stop at 0 by themselves.
    let span = |k: usize| {
        let low = (a[k].min(b[k]) - reach - 0.5).ceil() as usize;
        let high = (a[k].max(b[k]) + reach + 0.5).floor() as usize;
        low.min(size)..high.min(size)
    };
    let [dx, dy] = [b[0] - a[0], b[1] - a[1]];
    let length = (dx * dx + dy * dy).max(1e-12);
    for y in span(1) {
        for x in span(0) {
            let [px, py] = [x as f32 + 0.5 - a[0], y as f32 + 0.5 - a[1]];
            let along = ((px * dx + py * dy) / length).clamp(0.0, 1.0);
            let [ex, ey] = [px - along * dx, py - along * dy];
            let cell = &mut nearest[y * size + x];
            *cell = cell.min(ex * ex + ey * ey);
        }
    }
}
