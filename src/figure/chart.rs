//! The look of charts: colours, letters, and pictures drawn at twice their size, so that what comes out is smooth.

use image::{DynamicImage, RgbImage, imageops};
use plotters::{
    coord::{Shift, types::RangedCoordf64},
    prelude::*,
    style::{FontStyle, register_font},
};
use std::{error::Error, ops::Range, sync::Once};

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
#[error("cannot draw the figure: {0}")]
pub struct FigureError(String);

/// A picture, or a part of one, to be drawn on.
pub type Area<'a> = DrawingArea<BitMapBackend<'a>, Shift>;

/// A chart with plain axes.
pub type Chart<'a, 'b> = ChartContext<'a, BitMapBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// What drawing gives; plotters' own errors name the backend's type.
pub type Drawn = Result<(), Box<dyn Error>>;

/// An axis: a name, without which it has no labels, and the values that it shows.
#[derive(Debug)]
pub struct Axis<'a> {
    name: &'a str,
    range: Range<f64>,
    /// What the values are logarithms to; labels say what of.
    base: Option<f64>,
}

impl<'a> From<(&'a str, Range<f64>)> for Axis<'a> {
    fn from((name, range): (&'a str, Range<f64>)) -> Self {
        Axis { name, range, base: None }
    }
}

impl<'a> Axis<'a> {
    /// An axis of logarithms to `base`.
    pub fn logarithmic(base: f64, name: &'a str, range: Range<f64>) -> Self {
        Axis { name, range, base: Some(base) }
    }

    fn label(&self, value: f64) -> String {
        match self.base.map(|base| base.powf(value)) {
            Some(power) if power >= 10.0 => format!("{power:.0}"),
            Some(power) => number(power),
            None => number(value),
        }
    }
}

/// Drawn pixels per pixel of the picture, both ways.
pub const SCALE: u32 = 2;

/// Text, axes.
pub const INK: RGBColor = RGBColor(40, 44, 52);
/// Lines of the grid, and what only helps to read the rest.
pub const FAINT: RGBColor = RGBColor(222, 225, 231);
/// Second to the rest.
pub const GREY: RGBColor = RGBColor(125, 131, 143);
/// The generator, as in the window.
pub const G: RGBColor = RGBColor(214, 104, 10);
/// The discriminator.
pub const D: RGBColor = RGBColor(24, 104, 192);

/// Letters of `size` pixels in the picture.
pub fn letters(size: u32) -> TextStyle<'static> {
    TextStyle::from(("sans-serif", size * SCALE).into_font()).color(&INK)
}

/// A solid line, so many pixels wide in the picture.
pub fn stroke(colour: RGBColor, width: f64) -> ShapeStyle {
    ShapeStyle { color: colour.to_rgba(), filled: true, stroke_width: (width * f64::from(SCALE)).round() as u32 }
}

/// The edge of a box.
pub fn edge() -> ShapeStyle {
    ShapeStyle { filled: false, ..stroke(FAINT, 0.5) }
}

/// Draws a picture of that size on white.
///
/// # Errors
/// [`FigureError`].
pub fn picture(width: u32, height: u32, draw: impl FnOnce(&Area) -> Drawn) -> Result<DynamicImage, FigureError> {
    static FONTS: Once = Once::new();
    FONTS.call_once(|| {
        // The window's own letters: no font of the system is needed. One that cannot be read would show as an error of drawing.
        let _ = register_font("sans-serif", FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT);
    });
    let size = (width * SCALE, height * SCALE);
    let mut pixels = vec![255; (size.0 * size.1 * 3) as usize];
    let drawn = (|| {
        let area = BitMapBackend::with_buffer(&mut pixels, size).into_drawing_area();
        draw(&area)?;
        area.present()?;
        Ok(())
    })();
    drawn.map_err(|error: Box<dyn Error>| FigureError(error.to_string()))?;
    let large = RgbImage::from_raw(size.0, size.1, pixels).unwrap_or_default();
    Ok(imageops::thumbnail(&large, width, height).into())
}

/// A chart with a title, a light grid and labelled axes.
///
/// # Errors
/// What plotters says.
pub fn chart<'a, 'b, 'c>(
    area: &'a Area<'b>,
    title: &str,
    x: impl Into<Axis<'c>>,
    y: impl Into<Axis<'c>>,
) -> Result<Chart<'a, 'b>, Box<dyn Error>> {
    let (x, y) = (x.into(), y.into());
    let mut builder = ChartBuilder::on(area);
    builder.margin(10 * SCALE).caption(title, letters(16));
    builder.set_label_area_size(LabelAreaPosition::Left, if y.name.is_empty() { 0 } else { 52 * SCALE });
    builder.set_label_area_size(LabelAreaPosition::Bottom, if x.name.is_empty() { 0 } else { 40 * SCALE });
    let mut chart = builder.build_cartesian_2d(x.range.clone(), y.range.clone())?;
    let mut mesh = chart.configure_mesh();
    mesh.axis_style(stroke(INK, 0.5)).bold_line_style(stroke(FAINT, 0.5)).light_line_style(TRANSPARENT);
    mesh.label_style(letters(12)).axis_desc_style(letters(13)).x_labels(8).y_labels(7);
    let (x_label, y_label) = (|value: &f64| x.label(*value), |value: &f64| y.label(*value));
    mesh.x_label_formatter(&x_label).y_label_formatter(&y_label);
    if !x.name.is_empty() {
        mesh.x_desc(x.name);
    }
    if !y.name.is_empty() {
        mesh.y_desc(y.name);
    }
    mesh.draw()?;
    Ok(chart)
}

/// The legend of what was drawn with a label.
///
/// # Errors
/// What plotters says.
pub fn legend<'a, 'b: 'a>(chart: &mut Chart<'a, 'b>, position: SeriesLabelPosition) -> Drawn {
    let mut labels = chart.configure_series_labels();
    labels.position(position).background_style(WHITE.mix(0.85)).border_style(edge()).label_font(letters(12));
    labels.margin(6 * SCALE).legend_area_size(26 * SCALE).draw()?;
    Ok(())
}

/// A short stretch of a line for a legend.
pub fn sample_of_line(style: ShapeStyle) -> impl Fn((i32, i32)) -> PathElement<(i32, i32)> {
    let length = 20 * SCALE as i32;
    move |(x, y)| PathElement::new(vec![(x, y), (x + length, y)], style)
}

/// A short stretch of a dashed line for a legend.
pub fn sample_of_dashes(style: ShapeStyle) -> impl Fn((i32, i32)) -> PathElement<(i32, i32)> {
    // One dash and no more: legends draw one element each.
    let length = 8 * SCALE as i32;
    move |(x, y)| PathElement::new(vec![(x + 6 * SCALE as i32, y), (x + 6 * SCALE as i32 + length, y)], style)
}

/// A dashed line through `points`.
pub fn dashes(points: impl IntoIterator<Item = (f64, f64)>, style: ShapeStyle) -> DashedLineSeries<std::vec::IntoIter<(f64, f64)>, u32> {
    let points: Vec<(f64, f64)> = points.into_iter().collect();
    DashedLineSeries::new(points, 6 * SCALE, 4 * SCALE, style)
}

/// A number as short as it can be read: no tail of zeros, no minus before a zero.
pub fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}
