//! The measurements as one picture.

use super::{Position, Push, TheoryError, curve};
use crate::figure::{
    FigureError,
    chart::{self, Area, D, Drawn, G, GREY, INK, SCALE, chart, dashes, sample_of_dashes, sample_of_line, stroke},
};
use image::DynamicImage;
use plotters::prelude::*;
use std::error::Error;

/// D against D* for every position of G; V against its bound; and what G is told as D(G(z)) falls.
///
/// # Errors
/// [`FigureError`], in a box with those of the theory.
pub fn picture(positions: &[Position], pushes: &[Push]) -> Result<DynamicImage, Box<dyn Error + Send + Sync>> {
    let bound = curve().map_err(|error: TheoryError| Box::new(error))?;
    let drawn: Result<DynamicImage, FigureError> = chart::picture(1280, 860, |area| {
        area.fill(&WHITE)?;
        let (upper, lower) = area.split_vertically(400 * SCALE);
        for (i, (part, position)) in upper.split_evenly((1, positions.len())).iter().zip(positions).enumerate() {
            optimum(part, position, i == 0)?;
        }
        let (left, right) = lower.split_horizontally(640 * SCALE);
        value(&left, positions, &bound)?;
        saturation(&right, pushes)
    });
    Ok(drawn?)
}

/// D and D* over both densities.
fn optimum(area: &Area, position: &Position, first: bool) -> Drawn {
    let Position { p_g, x, d, d_star, densities: [p_data, g], .. } = position;
    let title = format!("p_g: mean {}, sigma {}", chart::number(p_g.mean), chart::number(p_g.sigma));
    let name = format!("largest |D - D*| {:.3}", position.gap);
    let shown = -4.5..3.2;
    let inside: Vec<usize> = (0..x.len()).filter(|i| shown.contains(&x[*i])).collect();
    let mut chart = chart(area, &title, (name.as_str(), shown), (if first { "D, and densities" } else { " " }, 0.0..1.05))?;
    let at = |values: &[f64]| inside.iter().map(|i| (x[*i], values[*i])).collect::<Vec<_>>();
    let labels = |name: &'static str| if first { name } else { "" };
    chart.draw_series(AreaSeries::new(at(p_data), 0.0, GREY.mix(0.25)))?;
    chart.draw_series(LineSeries::new(at(p_data), stroke(INK, 1.0)))?.label(labels("p_data")).legend(sample_of_line(stroke(INK, 1.0)));
    chart.draw_series(LineSeries::new(at(g), stroke(G, 1.5)))?.label(labels("p_g")).legend(sample_of_line(stroke(G, 1.5)));
    chart.draw_series(LineSeries::new(at(d), stroke(D, 2.0)))?.label(labels("D, trained")).legend(sample_of_line(stroke(D, 2.0)));
    chart.draw_series(dashes(at(d_star), stroke(INK, 1.0)))?.label(labels("D*")).legend(sample_of_dashes(stroke(INK, 1.0)));
    if first {
        chart::legend(&mut chart, SeriesLabelPosition::UpperLeft)?;
    }
    Ok(())
}

/// V(D, G) of the trained D on the curve of its bound.
fn value(area: &Area, positions: &[Position], bound: &[(f64, f64)]) -> Drawn {
    let mut chart = chart(area, "V(D, G) after training D", ("distance of the means", -0.05..3.1), ("nats", -1.5..0.1))?;
    let level = -(4f64.ln());
    chart
        .draw_series(dashes([(-0.05, level), (3.1, level)], stroke(GREY, 1.0)))?
        .label("-log 4")
        .legend(sample_of_dashes(stroke(GREY, 1.0)));
    chart
        .draw_series(LineSeries::new(bound.iter().copied(), stroke(INK, 1.5)))?
        .label("2 JSD - log 4, integrated")
        .legend(sample_of_line(stroke(INK, 1.5)));
    let start = bound.first().map_or(0.0, |_| positions.last().map_or(0.0, |last| last.p_g.mean));
    let dot = |position: &Position| Circle::new((start - position.p_g.mean, position.value), 5 * SCALE as i32, D.filled());
    chart.draw_series(positions.iter().map(dot))?.label("V(D, G), measured").legend(|(x, y)| Circle::new((x + 20, y), 8, D.filled()));
    chart::legend(&mut chart, SeriesLabelPosition::LowerRight)
}

/// Gradient norms of G under both losses over D(G(z)), both axes logarithmic.
fn saturation(area: &Area, pushes: &[Push]) -> Drawn {
    let log = |value: f64| value.max(1e-12).log10();
    let xs = pushes.iter().map(|push| log(push.d_fake));
    let ys = pushes.iter().flat_map(|push| [log(push.minimax), log(push.non_saturating)]);
    let extent = |values: &mut dyn Iterator<Item = f64>| {
        values.filter(|v| v.is_finite()).fold((0.0f64, -1.0f64), |(low, high), v| (low.min(v), high.max(v)))
    };
    let ((x_low, _), (y_low, y_high)) = (extent(&mut xs.into_iter()), extent(&mut ys.into_iter()));
    let title = "The gradient that G gets as D learns to tell its points apart";
    let (x, y) = (x_low.floor()..0.0, y_low.floor()..y_high.ceil());
    let mut chart = chart(area, title, ("log10 of mean D(G(z))", x), ("log10 of G's gradient norm", y))?;
    type Norm = fn(&Push) -> f64;
    let curves: [(&str, RGBColor, Norm); 2] =
        [("-log D(G(z)), non-saturating", G, |push| push.non_saturating), ("log(1 - D(G(z))), minimax", D, |push| push.minimax)];
    for (name, colour, norm) in curves {
        let points: Vec<(f64, f64)> = pushes.iter().map(|push| (log(push.d_fake), log(norm(push)))).collect();
        chart.draw_series(LineSeries::new(points.clone(), stroke(colour, 1.5)))?.label(name).legend(sample_of_line(stroke(colour, 1.5)));
        chart.draw_series(points.into_iter().map(|point| Circle::new(point, 3 * SCALE as i32, colour.filled())))?;
    }
    chart::legend(&mut chart, SeriesLabelPosition::LowerRight)
}
