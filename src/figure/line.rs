//! One dimension: the figure of Goodfellow et al. 2014 (figure 1).

use super::{
    Figure, FigureError,
    chart::{self, Chart, D, Drawn, FAINT, G, GREY, INK, SCALE, dashes, letters, sample_of_dashes, sample_of_line, stroke},
    grid,
};
use crate::data::Distribution;
use image::DynamicImage;
use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

/// The curves of a figure, all at the places of [`grid`].
#[derive(Clone, Debug)]
pub struct Curves {
    /// Places.
    pub x: Vec<f64>,
    /// The exact density of the data.
    pub p_data: Vec<f64>,
    /// The density of the generated points, estimated.
    pub p_g: Vec<f64>,
    /// D.
    pub d: Vec<f64>,
    /// The highest density that is shown.
    pub top: f64,
}

/// Lines from z on the lower axis to G(z) on the upper one.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    /// Where each starts, with z brought from (-3, 3) to the view, and where it ends.
    pub ends: Vec<[f64; 2]>,
    /// Places of the lower axis with what z is there.
    pub ticks: Vec<(f64, f64)>,
}

/// Heights of the two axes of [`Lines`] below zero, as shares of [`Curves::top`].
const AXES: [f64; 2] = [-0.11, -0.40];

/// The lower end of the figure, likewise.
const BOTTOM: f64 = -0.5;

impl Curves {
    /// Of a figure of one dimension.
    pub fn of(figure: &Figure) -> Curves {
        let x: Vec<f64> = grid(figure.distribution).into_iter().map(f64::from).collect();
        let p_data = figure.distribution.densities(&x);
        let p_g = density(&figure.generated, figure.distribution);
        let d = figure.surface.iter().map(|d| f64::from(*d)).collect();
        let highest = |values: &[f64]| values.iter().fold(0.0, |a: f64, b| a.max(*b));
        // A generator that puts all on one spot must not flatten the data's curve.
        let top = 1.1 * highest(&p_data).max(highest(&p_g).min(2.0 * highest(&p_data)));
        Curves { x, p_data, p_g, d, top }
    }

    /// The best D there is, p_data / (p_data + p_g), in stretches of (x, D*): where neither density is there, it means nothing.
    pub fn d_star(&self) -> Vec<Vec<(f64, f64)>> {
        let sum = |i: &usize| self.p_data[*i] + self.p_g[*i];
        let places: Vec<usize> = (0..self.x.len()).collect();
        let stretches = places.split(|i| sum(i) < 0.005 * self.top).filter(|stretch| !stretch.is_empty());
        stretches.map(|stretch| stretch.iter().map(|&i| (self.x[i], self.p_data[i] / sum(&i))).collect()).collect()
    }

    /// Heights of the axes of G(z) and of z, and the lower end of the figure.
    pub fn below(&self) -> [f64; 3] {
        [AXES[0] * self.top, AXES[1] * self.top, BOTTOM * self.top]
    }
}

impl Lines {
    /// Of a figure whose latents are single values; else there are none.
    pub fn of(figure: &Figure) -> Lines {
        let [low, high] = figure.distribution.view;
        let place = |z: f64| low + (high - low) * (z + 3.0) / 6.0;
        if figure.latent != 1 {
            return Lines::default();
        }
        // The latents that lie nearest to evenly spaced ones.
        let nearest = |z: f64| {
            let distance = |i: &usize| (f64::from(figure.latents[*i]) - z).abs();
            (0..figure.latents.len()).min_by(|a, b| distance(a).total_cmp(&distance(b)))
        };
        let line = |i: usize| [place(f64::from(figure.latents[i])), f64::from(figure.generated[i])];
        let ends = (0..31).filter_map(|i| nearest(-2.5 + f64::from(i) / 6.0)).map(line);
        Lines {
            ends: ends.filter(|[z, x]| [z, x].into_iter().all(|v| (low..=high).contains(v))).collect(),
            ticks: (-2..=2).map(|z| (place(f64::from(z)), f64::from(z))).collect(),
        }
    }
}

/// The density of points on the grid: a histogram with a cell per place, smoothed by a Gaussian of 1/200 of the view.
fn density(points: &[f32], distribution: &Distribution) -> Vec<f64> {
    let n = super::across(1);
    let [low, high] = distribution.view;
    let cell = (high - low) / (n - 1) as f64;
    let mut counts = vec![0.0; n];
    for x in points {
        let place = (f64::from(*x) - low) / cell;
        if place > -0.5 && place < n as f64 - 0.5 {
            counts[place.round() as usize] += 1.0 / (points.len() as f64 * cell);
        }
    }
    let width = n as f64 / 200.0;
    let reach = (4.0 * width) as usize;
    let weights: Vec<f64> = (0..=reach).map(|i| (-0.5 * (i as f64 / width).powi(2)).exp()).collect();
    let sum: f64 = weights[0] + 2.0 * weights[1..].iter().sum::<f64>();
    let smooth = |i: usize| {
        let near = i.saturating_sub(reach)..(i + reach + 1).min(n);
        near.map(|j| counts[j] * weights[i.abs_diff(j)]).sum::<f64>() / sum
    };
    (0..n).map(smooth).collect()
}

/// The figure of one dimension.
pub(super) fn draw(figure: &Figure) -> Result<DynamicImage, FigureError> {
    let curves = Curves::of(figure);
    let lines = Lines::of(figure);
    let [low, high] = figure.distribution.view;
    let top = curves.top;
    let bottom = if lines.ends.is_empty() { -0.1 * top } else { BOTTOM * top };
    chart::picture(960, 620, |area| {
        area.fill(&WHITE)?;
        let mut builder = ChartBuilder::on(area);
        builder.margin(12 * SCALE).caption(format!("{}, step {}", figure.distribution.name, figure.step), letters(16));
        builder.set_label_area_size(LabelAreaPosition::Left, 52 * SCALE).set_label_area_size(LabelAreaPosition::Right, 52 * SCALE);
        let chart = builder.build_cartesian_2d(low..high, bottom..top)?;
        let mut chart = chart.set_secondary_coord(low..high, bottom / top..1.0);
        let positive = |value: &f64| if *value < -1e-9 { String::new() } else { chart::number(*value) };
        let mut mesh = chart.configure_mesh();
        mesh.disable_x_axis()
            .disable_mesh()
            .axis_style(stroke(INK, 0.5))
            .label_style(letters(12))
            .axis_desc_style(letters(13))
            .set_all_tick_mark_size(0);
        mesh.y_desc("density").y_label_formatter(&positive).y_labels(8).draw()?;
        let mut mesh = chart.configure_secondary_axes();
        mesh.set_all_tick_mark_size(0);
        mesh.axis_style(stroke(D, 0.5)).label_style(letters(12).color(&D)).axis_desc_style(letters(13).color(&D));
        mesh.y_desc("D").y_label_formatter(&positive).y_labels(8).draw()?;

        let xs = || curves.x.iter().copied();
        let at = |values: &[f64]| xs().zip(values.iter().map(|value| value.min(top)).collect::<Vec<_>>());
        chart.draw_series(AreaSeries::new(at(&curves.p_data), 0.0, GREY.mix(0.22)))?;
        chart
            .draw_series(LineSeries::new(at(&curves.p_data), stroke(INK, 1.5)))?
            .label("p_data, exact")
            .legend(sample_of_line(stroke(INK, 1.5)));
        chart
            .draw_series(LineSeries::new(at(&curves.p_g), stroke(G, 2.0)))?
            .label("p_g, of generated points")
            .legend(sample_of_line(stroke(G, 2.0)));
        let half = [(low, 0.5), (high, 0.5)];
        chart.draw_secondary_series(dashes(half, stroke(FAINT, 1.0)))?;
        chart
            .draw_secondary_series(LineSeries::new(xs().zip(curves.d.iter().copied()), stroke(D, 2.0)))?
            .label("D(x)")
            .legend(sample_of_line(stroke(D, 2.0)));
        chart
            .draw_secondary_series(dashes([], stroke(D, 1.0)))?
            .label("D*(x) = p_data / (p_data + p_g)")
            .legend(sample_of_dashes(stroke(D, 1.0)));
        for stretch in curves.d_star() {
            chart.draw_secondary_series(dashes(stretch, stroke(D, 1.0)))?;
        }
        lines_below(&mut chart, &curves, &lines, [low, high])?;
        let mut labels = chart.configure_series_labels();
        labels.position(SeriesLabelPosition::UpperLeft).background_style(WHITE.mix(0.85)).border_style(chart::edge());
        labels.label_font(letters(12)).margin(6 * SCALE).legend_area_size(26 * SCALE).draw()?;
        Ok(())
    })
}

/// The x axis with its numbers, and below it the lines from z.
fn lines_below(chart: &mut Chart, curves: &Curves, lines: &Lines, [low, high]: [f64; 2]) -> Drawn {
    let [upper, lower, _] = curves.below();
    let top = curves.top;
    let middle = |text: TextStyle<'static>| text.pos(Pos::new(HPos::Center, VPos::Center));
    let level = |y: f64, style: ShapeStyle| PathElement::new(vec![(low, y), (high, y)], style);
    chart.draw_series([level(0.0, stroke(INK, 0.8))])?;
    for x in (low.ceil() as i32)..=(high.floor() as i32) {
        let x = f64::from(x);
        chart.draw_series([PathElement::new(vec![(x, 0.0), (x, -0.012 * top)], stroke(INK, 0.8))])?;
        chart.draw_series([Text::new(chart::number(x), (x, -0.045 * top), middle(letters(12)))])?;
    }
    let corner = high - 0.012 * (high - low);
    let end = |text: TextStyle<'static>| text.pos(Pos::new(HPos::Right, VPos::Center));
    chart.draw_series([Text::new("x", (corner, -0.045 * top), end(letters(13)))])?;
    if lines.ends.is_empty() {
        return Ok(());
    }
    chart.draw_series([level(upper, stroke(GREY, 0.8)), level(lower, stroke(GREY, 0.8))])?;
    chart.draw_series(lines.ends.iter().map(|[z, x]| PathElement::new(vec![(*z, lower), (*x, upper)], stroke(G, 0.8))))?;
    for (place, z) in &lines.ticks {
        chart.draw_series([PathElement::new(vec![(*place, lower), (*place, lower - 0.012 * top)], stroke(GREY, 0.8))])?;
        chart.draw_series([Text::new(chart::number(*z), (*place, lower - 0.05 * top), middle(letters(12)))])?;
    }
    let inside = low + 0.012 * (high - low);
    let start = |text: TextStyle<'static>| text.pos(Pos::new(HPos::Left, VPos::Center));
    chart.draw_series([Text::new("x = G(z)", (inside, upper - 0.035 * top), start(letters(13).color(&G)))])?;
    chart.draw_series([Text::new("z", (corner, lower - 0.05 * top), end(letters(13)))])?;
    Ok(())
}

/// Points of the data set as a histogram, with their density.
pub(super) fn draw_reals(distribution: &Distribution, reals: &[f32]) -> Result<DynamicImage, FigureError> {
    let x: Vec<f64> = grid(distribution).into_iter().map(f64::from).collect();
    let p_data = distribution.densities(&x);
    let [low, high] = distribution.view;
    let top = 1.25 * p_data.iter().fold(0.0, |a: f64, b| a.max(*b));
    let bins = 70;
    let width = (high - low) / bins as f64;
    let mut heights = vec![0.0; bins];
    for value in reals {
        let bin = (f64::from(*value) - low) / width;
        if bin >= 0.0 && bin < bins as f64 {
            heights[bin as usize] += 1.0 / (reals.len() as f64 * width);
        }
    }
    chart::picture(960, 560, |area| {
        area.fill(&WHITE)?;
        let title = format!("{}: {} points", distribution.name, reals.len());
        let mut chart = chart::chart(area, &title, ("x", low..high), ("density", 0.0..top))?;
        let bar = |(i, height): (usize, &f64)| {
            let left = low + i as f64 * width;
            Rectangle::new([(left, 0.0), (left + 0.92 * width, *height)], D.mix(0.35).filled())
        };
        let swatch = |(x, y): (i32, i32)| Rectangle::new([(x, y - 10), (x + 40, y + 10)], D.mix(0.35).filled());
        chart.draw_series(heights.iter().enumerate().map(bar))?.label("points of the data set").legend(swatch);
        chart
            .draw_series(LineSeries::new(x.iter().copied().zip(p_data.iter().copied()), stroke(INK, 1.5)))?
            .label("p_data, exact")
            .legend(sample_of_line(stroke(INK, 1.5)));
        chart::legend(&mut chart, SeriesLabelPosition::UpperLeft)
    })
}
