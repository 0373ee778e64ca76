//! The source that needs no files: handwriting-like digits, drawn from strokes.

use super::dice::Dice;
use super::digits::{DIGITS, Style};
use super::left_out::LeftOut;
use super::pen::{self, Point};
use super::picture::{Drawn, Pictures, Reading};
use super::{DataError, Request, check_room};

/// MNIST's size, in pixels.
const SIZE: u32 = 28;

/// The box that a digit fills, in pixels of 28, as in MNIST.
const BOX: f32 = 20.0;

/// Draws `request.count` digits.
pub(super) fn read(request: &Request) -> Result<Reading, DataError> {
    if request.count == 0 {
        return Err(DataError::NoCount("builtin"));
    }
    let size = request.size.unwrap_or(SIZE);
    check_room(&request.source, request.count as u64, u64::from(size).pow(2))?;
    let each = (size * size) as usize;
    let mut pictures = Pictures::default();
    pictures.reserve(&request.source, request.count as u64 * each as u64)?;
    pictures.extend(request.count, each, |i| {
        let values = digit(request.seed, i, size as usize);
        Drawn::new(format!("image {i}"), (size, size), 1, values).in_class(Some((i % DIGITS.len()) as u32))
    });
    Ok(Reading {
        name: "builtin".to_owned(),
        about: format!("digits drawn by ganvas, seed {}", request.seed),
        pictures,
        classes: (0..DIGITS.len()).map(|digit| digit.to_string()).collect(),
        unreadable: Vec::new(),
        left_out: LeftOut::default(),
        notes: Vec::new(),
        size: None,
    })
}

/// How one writer holds the pen, drawn once per image.
struct Hand {
    /// How far control points stray, as a share of the height.
    wobble: f32,
    /// How far the top leans to the right, per height.
    slant: f32,
    /// The turn, near enough in radians.
    turn: f32,
    /// Width over height.
    aspect: f32,
    /// How much wider the bottom is than the top.
    taper: f32,
    /// How much upright and level lines curve.
    bend: Point,
    /// Half the width of the line, in pixels of 28.
    radius: f32,
}

impl Hand {
    /// A hand from this image's dice; the numbers were set by eye and by how well digits of MNIST
    /// are told apart by their nearest neighbour among these.
    fn draw(dice: &mut Dice) -> Self {
        Hand {
            wobble: 0.025,
            slant: 0.05 + 0.22 * dice.normal(),
            turn: 0.10 * dice.normal(),
            aspect: (0.86 + 0.16 * dice.normal()).max(0.45),
            taper: 0.14 * dice.normal(),
            bend: [0.06 * dice.normal(), 0.10 * dice.normal()],
            radius: (1.25 + 0.32 * dice.normal()).max(0.65),
        }
    }

    /// Where this hand puts the skeleton's point `p`: about the centre, x and y in units of height.
    fn place(&self, p: Point) -> Point {
        let [x, y] = [p[0] - 0.5, p[1] - 0.5];
        let x = x * self.aspect * (1.0 + self.taper * 2.0 * y) + self.bend[0] * (4.0 * y * y - 0.5);
        let y = y + self.bend[1] * x * 2.0;
        let x = x - self.slant * y;
        // A turn by the angle whose half has the tangent `turn / 2`: exact without sine and cosine,
        // which differ between machines.
        let half = self.turn / 2.0;
        let scale = 1.0 / (1.0 + half * half);
        let [cos, sin] = [(1.0 - half * half) * scale, 2.0 * half * scale];
        [x * cos - y * sin, x * sin + y * cos]
    }
}

/// Image `index` under `seed`: size x size values, white (255) on black; its class is `index % 10`.
/// It depends on nothing else, and is the same on every machine.
fn digit(seed: u32, index: usize, size: usize) -> Vec<u8> {
    let mut dice = Dice::new(seed, index);
    let style = pick(DIGITS[index % 10], dice.uniform());
    let hand = Hand::draw(&mut dice);
    let mut lines: Vec<Vec<Point>> = style.strokes.iter().map(|stroke| pen::curve(&write(stroke, &hand, &mut dice))).collect();
    // MNIST's layout: the digit fills a box of 20 of the 28 pixels, its mass at the centre.
    let unit = size as f32 / SIZE as f32;
    let radius = hand.radius * unit;
    fit(&mut lines, BOX * unit - 2.0 * radius);
    let [cx, cy] = centre(&lines);
    let shift = [0, 1].map(|_| size as f32 / 2.0 + 0.3 * unit * dice.normal());
    for p in lines.iter_mut().flatten() {
        *p = [p[0] - cx + shift[0], p[1] - cy + shift[1]];
    }
    pen::ink(&lines, radius, unit.max(1.0), size)
}

/// The style at `dial`, from 0 to 1, of the styles' weights.
fn pick(styles: &'static [Style], dial: f32) -> &'static Style {
    let mut left = dial * styles.iter().map(|s| s.weight).sum::<f32>();
    for style in styles {
        left -= style.weight;
        if left < 0.0 {
            return style;
        }
    }
    &styles[0]
}

/// The stroke's points as this hand puts them, each a little off. Both points of a corner move as
/// one.
fn write(stroke: &[Point], hand: &Hand, dice: &mut Dice) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::with_capacity(stroke.len());
    for (i, &p) in stroke.iter().enumerate() {
        if i > 0 && stroke[i - 1] == p {
            points.push(points[i - 1]);
            continue;
        }
        let off = [0, 1].map(|_| hand.wobble * dice.normal());
        points.push(hand.place([p[0] + off[0], p[1] + off[1]]));
    }
    points
}

/// Scales the lines so that the longer side of their bounding box is `side`.
fn fit(lines: &mut [Vec<Point>], side: f32) {
    let extent = |k: usize| {
        let values = lines.iter().flatten().map(|p| p[k]);
        let low = values.clone().fold(f32::INFINITY, f32::min);
        values.fold(f32::NEG_INFINITY, f32::max) - low
    };
    let scale = side / extent(0).max(extent(1)).max(1e-6);
    for p in lines.iter_mut().flatten() {
        *p = p.map(|v| v * scale);
    }
}

/// The centre of mass of the lines, all equally thick.
fn centre(lines: &[Vec<Point>]) -> Point {
    let (mut sum, mut mass) = ([0.0; 2], 1e-6);
    for pair in lines.iter().flat_map(|line| line.windows(2)) {
        let [dx, dy] = [pair[1][0] - pair[0][0], pair[1][1] - pair[0][1]];
        let length = (dx * dx + dy * dy).sqrt();
        for k in 0..2 {
            sum[k] += length * (pair[0][k] + pair[1][k]) / 2.0;
        }
        mass += length;
    }
    sum.map(|s| s / mass)
}
