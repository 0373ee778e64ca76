//! Pictures of one pixel, of lines, grey and in colour, with every knob turned.

use super::{Augments, Picture};
use crate::{
    ops::case::{Case, Input, case},
    plan::Grid,
};

/// Pictures in a batch, height, width, channels.
const PICTURES: [[usize; 4]; 7] = [[1, 1, 1, 1], [3, 4, 5, 1], [65, 1, 9, 3], [2, 7, 1, 2], [5, 17, 16, 1], [2, 31, 9, 3], [7, 5, 6, 4]];

/// Knobs of so many pictures: the first as it is, then more and more of what can be done, also out of sight.
fn knobs(rows: usize, [height, width]: [usize; 2]) -> Vec<f32> {
    let [h, w] = [height, width].map(|extent| extent as f32);
    let kinds: [[f32; 8]; 7] = [
        [0.0, 1.0, 1.0, 0.0, 0.0, 0.0, h, w],
        [0.3, 0.4, 1.4, 0.0, 0.0, 0.0, h, w],
        [-0.5, 1.9, 0.6, 1.0, 1.0, -1.0, h, w],
        [0.1, 1.0, 1.0, 1.0, -1.0, 2.0, 0.0, 1.0],
        [0.0, 0.0, 0.5, 0.0, 2.0, 0.0, -(h / 4.0).floor(), w - 1.0],
        [0.2, 1.2, 0.9, 1.0, h, 0.0, h, w],
        [-0.2, 0.7, 1.0, 0.0, 0.0, 1.0, h - 1.0, -(w / 4.0).floor()],
    ];
    (0..rows).flat_map(|row| kinds[(row + height) % kinds.len()]).collect()
}

fn pictures(more: impl Fn(Case, usize) -> Case) -> Vec<Case> {
    let one = |(n, [rows, height, width, channels]): (usize, [usize; 4])| {
        let picture = Picture { height, width, channels };
        let case = case(picture.params(rows), Grid::Elements(rows * super::THREADS), 2 * picture.columns() + channels);
        more(Case { floor: 1.0, ..case }, n).with("knobs", Input::Values(knobs(rows, [height, width])))
    };
    PICTURES.into_iter().enumerate().map(one).collect()
}

/// With and without brightness.
pub fn augment() -> Vec<Case> {
    pictures(|case, n| case.param("shift", if n % 3 == 2 { 0.0f32 } else { 1.0 }))
}

/// The same pictures.
pub fn augment_by_input() -> Vec<Case> {
    pictures(|case, _| case)
}

/// Each augmentation alone, then all, with every probability.
pub fn augment_knobs() -> Vec<Case> {
    let one = |(n, [height, width, rows]): (usize, [usize; 3])| {
        let chosen = [1, 2, 4, 8, Augments::ALL.0, Augments::ALL.0][n];
        let params = vec![
            ("rows", rows.into()),
            ("height", height.into()),
            ("width", width.into()),
            ("chosen", chosen.into()),
            ("seed", 42u32.into()),
            ("stream", 3u32.into()),
            ("counter", (n % 2).into()),
            ("brightness", 0.5f32.into()),
        ];
        case(params, Grid::Elements(rows), 0)
            .with("state", Input::Words([7, 4_000_000_000][..=n % 2].to_vec()))
            .with("p", Input::Values(vec![[1.0, 0.5, 1.0, 0.9, 0.3, 0.0][n]]))
    };
    [[28, 28, 65], [1, 1, 3], [32, 31, 257], [5, 4, 130], [64, 33, 1021], [7, 7, 9]].into_iter().enumerate().map(one).collect()
}

/// Updates of which some are the last of four, above and below the target, and at both ends.
pub fn augment_adapt() -> Vec<Case> {
    let one = |(n, (updates, ada)): (usize, (u32, [f32; 2]))| {
        let params = vec![
            ("values", 5usize.into()),
            ("place", (n % 5).into()),
            ("counter", 0u32.into()),
            ("every", 4u32.into()),
            ("target_sign", 0.6f32.into()),
            ("step", 0.01f32.into()),
        ];
        let numbers = [1.0, -0.3, 0.9, 0.2, 1.0];
        Case { floor: 1.0, ..case(params, Grid::One, 2) }
            .with("numbers", Input::Values(numbers.to_vec()))
            .with("state", Input::Words(vec![updates]))
            .with("ada", Input::Values(ada.to_vec()))
    };
    let states = [(1, [0.2, 0.0]), (4, [0.2, 2.9]), (8, [0.999, 2.9]), (7, [0.5, 1.2]), (400, [0.003, -2.0]), (4, [0.3, 1.1])];
    states.into_iter().enumerate().map(one).collect()
}
