// A learning rate that has shrunk to a share of what it was, but not below the floor; a rate that starts below it stays.
fn annealed(start: f32, share: f32, floor: f32) -> f32 {
    return max(start * share, min(start, floor));
}
