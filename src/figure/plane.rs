//! Two dimensions: D as a map, real and generated points, and where G's loss pushes these.

use super::{
    Figure, FigureError, across,
    chart::{self, Area, Chart, D, Drawn, G, INK, SCALE, letters, stroke},
};
use crate::data::Distribution;
use image::DynamicImage;
use plotters::{
    element::BitMapElement,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

/// Arrows of a figure, at most.
const ARROWS: usize = 96;

/// Length of the longest arrow as a share of the view.
const LONGEST: f64 = 0.08;

/// From a generated point along its push.
#[derive(Clone, Copy, Debug)]
pub struct Arrow {
    /// Foot.
    pub from: [f64; 2],
    /// Tip.
    pub to: [f64; 2],
}

/// Tones of the map on white: where D says generated, where it cannot tell, where it says real.
const TONES: [[u8; 3]; 3] = [[250, 208, 160], [255; 3], [150, 196, 238]];

/// The colour of D, from 0 over 1/2 to 1 through the three `tones`.
pub fn shade(d: f32, [generated, even, real]: [[u8; 3]; 3]) -> [u8; 3] {
    let (to, share) = if d > 0.5 { (real, 2.0 * d - 1.0) } else { (generated, 1.0 - 2.0 * d) };
    [0, 1, 2].map(|i| (f32::from(even[i]) + (f32::from(to[i]) - f32::from(even[i])) * share) as u8)
}

/// Arrows of some of the points: as long as the pushes are relative to each other, the longest twentieth cut to one length.
pub fn arrows(figure: &Figure) -> Vec<Arrow> {
    let length = |push: &[f32]| f64::from(push[0]).hypot(f64::from(push[1]));
    let mut lengths: Vec<f64> = figure.pushes.chunks_exact(2).map(length).filter(|length| length.is_finite()).collect();
    lengths.sort_by(f64::total_cmp);
    let longest = lengths.get(lengths.len() * 19 / 20).copied().unwrap_or(0.0);
    if longest <= 0.0 {
        return Vec::new();
    }
    let [low, high] = figure.distribution.view;
    let arrow = |(point, push): (&[f32], &[f32])| {
        let scale = LONGEST * (high - low) / longest.max(length(push));
        let from = [f64::from(point[0]), f64::from(point[1])];
        Arrow { from, to: [from[0] + scale * f64::from(push[0]), from[1] + scale * f64::from(push[1])] }
    };
    let every = (figure.generated.len() / 2).div_ceil(ARROWS).max(1);
    let inside = |arrow: &Arrow| arrow.from.iter().chain(&arrow.to).all(|v| (low..=high).contains(v));
    figure.generated.chunks_exact(2).zip(figure.pushes.chunks_exact(2)).step_by(every).map(arrow).filter(inside).collect()
}

/// The figure of two dimensions.
pub(super) fn draw(figure: &Figure) -> Result<DynamicImage, FigureError> {
    chart::picture(900, 800, |area| {
        area.fill(&WHITE)?;
        let (left, right) = area.split_horizontally(780 * SCALE);
        let title = format!("{}, step {}", figure.distribution.name, figure.step);
        let mut chart = empty(&left, &title, figure.distribution)?;
        surface(&mut chart, &figure.surface)?;
        dots(&mut chart, figure.distribution, (&figure.generated, G, 4), "generated points")?;
        dots(&mut chart, figure.distribution, (&figure.reals, D, 3), "real points")?;
        let style = stroke(INK, 0.8);
        let arrows = arrows(figure);
        let view = figure.distribution.view[1] - figure.distribution.view[0];
        let legend = move |(x, y): (i32, i32)| {
            let [from, to] = [[f64::from(x) + 6.0, f64::from(y)], [f64::from(x) + 34.0, f64::from(y)]];
            PathElement::new(outline(Arrow { from, to }, 9.0).map(|[x, y]| (x as i32, y as i32)).to_vec(), style)
        };
        let paths = arrows.iter().map(|arrow| PathElement::new(outline(*arrow, 0.012 * view).map(|[x, y]| (x, y)).to_vec(), style));
        chart.draw_series(paths)?.label("where G's loss pushes them").legend(legend);
        chart::legend(&mut chart, SeriesLabelPosition::UpperRight)?;
        scale(&right)
    })
}

/// Foot, tip, one barb, tip, the other barb.
fn outline(arrow: Arrow, barb: f64) -> [[f64; 2]; 5] {
    let Arrow { from, to } = arrow;
    let length = (to[0] - from[0]).hypot(to[1] - from[1]).max(1e-12);
    let [x, y] = [0, 1].map(|i| (to[i] - from[i]) / length * barb.min(0.6 * length));
    [from, to, [to[0] - x - 0.5 * y, to[1] - y + 0.5 * x], to, [to[0] - x + 0.5 * y, to[1] - y - 0.5 * x]]
}

/// A square chart of the distribution's view.
fn empty<'a, 'b>(area: &'a Area<'b>, title: &str, distribution: &Distribution) -> Result<Chart<'a, 'b>, Box<dyn std::error::Error>> {
    let [low, high] = distribution.view;
    chart::chart(area, title, ("x1", low..high), ("x2", low..high))
}

/// D as a map, smooth between the places at which it is known.
fn surface(chart: &mut Chart, d: &[f32]) -> Drawn {
    let n = across(2);
    let (xs, ys) = chart.plotting_area().get_pixel_range();
    let (width, height) = ((xs.end - xs.start) as u32, (ys.end - ys.start) as u32);
    let mut pixels = Vec::with_capacity((width * height * 3) as usize);
    for y in (0..height).rev() {
        for x in 0..width {
            let place = |at: u32, extent: u32| {
                let place = f64::from(at) / f64::from(extent.max(2) - 1) * (n - 1) as f64;
                let cell = (place as usize).min(n - 2);
                (cell, (place - cell as f64) as f32)
            };
            let ((i, u), (j, v)) = (place(x, width), place(y, height));
            let at = |i: usize, j: usize| d[j * n + i];
            let row = |j: usize| (1.0 - u) * at(i, j) + u * at(i + 1, j);
            pixels.extend(shade((1.0 - v) * row(j) + v * row(j + 1), TONES));
        }
    }
    let corner = (chart.x_range().start, chart.y_range().end);
    if let Some(map) = BitMapElement::with_owned_buffer(corner, (width, height), pixels) {
        chart.draw_series([map])?;
    }
    Ok(())
}

/// Points as dots.
fn dots(chart: &mut Chart, distribution: &Distribution, (points, colour, size): (&[f32], RGBColor, i32), name: &str) -> Drawn {
    let [low, high] = distribution.view;
    let style = colour.mix(0.7).filled();
    let inside = |point: &&[f32]| point.iter().all(|v| (low..=high).contains(&f64::from(*v)));
    let dot = |point: &[f32]| Circle::new((f64::from(point[0]), f64::from(point[1])), size, style);
    let legend = move |(x, y): (i32, i32)| Circle::new((x + 20, y), 8, style);
    chart.draw_series(points.chunks_exact(2).filter(inside).map(dot))?.label(name).legend(legend);
    Ok(())
}

/// What the colours mean.
fn scale(area: &Area) -> Drawn {
    let scale = SCALE as i32;
    let [left, top, width, height] = [14 * scale, 60 * scale, 18 * scale, 660 * scale];
    for y in 0..height {
        let [r, g, b] = shade(1.0 - y as f32 / height as f32, TONES);
        area.draw(&PathElement::new(vec![(left, top + y), (left + width, top + y)], RGBColor(r, g, b)))?;
    }
    area.draw(&Rectangle::new([(left, top), (left + width, top + height)], chart::edge()))?;
    for (share, text) in [(0.0, "1 real"), (0.25, "0.75"), (0.5, "0.5"), (0.75, "0.25"), (1.0, "0 generated")] {
        let y = top + (share * f64::from(height)) as i32;
        let style = letters(12).pos(Pos::new(HPos::Left, VPos::Center));
        area.draw(&Text::new(text, (left + width + 6 * scale, y), style))?;
    }
    let style = letters(13).pos(Pos::new(HPos::Left, VPos::Bottom));
    area.draw(&Text::new("D(x)", (left, top - 8 * scale), style))?;
    Ok(())
}

/// Points of the data set alone.
pub(super) fn draw_reals(distribution: &Distribution, reals: &[f32]) -> Result<DynamicImage, FigureError> {
    chart::picture(800, 800, |area| {
        area.fill(&WHITE)?;
        let title = format!("{}: {} points", distribution.name, reals.len() / 2);
        let mut chart = empty(area, &title, distribution)?;
        dots(&mut chart, distribution, (reals, D, 4), "points of the data set")?;
        chart::legend(&mut chart, SeriesLabelPosition::UpperRight)
    })
}
