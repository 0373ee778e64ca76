//! The .npy format (numpy's NEP 1), read by hand: a header that claims gigabytes, or nests a million brackets, must cost nothing.

use half::f16;

/// An array as it lies in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Array<'a> {
    /// Its extents, the slowest first where it is in row-major order.
    pub shape: Vec<usize>,
    /// Whether it is in row-major order.
    pub row_major: bool,
    kind: Kind,
    big_endian: bool,
    bytes: &'a [u8],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bool,
    Unsigned(usize),
    Signed(usize),
    Float(usize),
}

impl Kind {
    fn size(self) -> usize {
        match self {
            Kind::Bool => 1,
            Kind::Unsigned(size) | Kind::Signed(size) | Kind::Float(size) => size,
        }
    }
}

/// The longest header: numpy's own are of some hundred bytes.
const MAX_HEADER: usize = 64 << 10;

impl<'a> Array<'a> {
    /// Reads the header and holds it against what follows; the error says what is wrong.
    pub fn parse(file: &'a [u8]) -> Result<Array<'a>, String> {
        const NO: &str = "it is no .npy file, or damaged";
        let version = *file.get(6).filter(|_| file.starts_with(b"\x93NUMPY")).ok_or(NO)?;
        let (length, start) = match (version, file.get(8..12)) {
            (1, Some(word)) => (usize::from(u16::from_le_bytes([word[0], word[1]])), 10),
            (2 | 3, Some(word)) => (u32::from_le_bytes([word[0], word[1], word[2], word[3]]) as usize, 12),
            _ => return Err(NO.into()),
        };
        let header = file.get(start..start + length.min(MAX_HEADER)).filter(|_| length <= MAX_HEADER).ok_or(NO)?;
        let header = std::str::from_utf8(header).map_err(|_| NO)?;
        let value = |key: &str| {
            let at = header.find(&format!("'{key}'")).or_else(|| header.find(&format!("\"{key}\"")))?;
            header[at + key.len() + 2..].trim_start().strip_prefix(':').map(str::trim_start)
        };
        let descr = value("descr").ok_or(NO)?;
        let quoted = descr.strip_prefix(['\'', '"']).and_then(|rest| rest.split(['\'', '"']).next());
        let descr = quoted.ok_or("it is an array of records, not of numbers")?;
        let (kind, big_endian) = kind_of(descr).ok_or_else(|| format!("its values are of type '{descr}', which is not read"))?;
        let row_major = value("fortran_order").ok_or(NO)?.starts_with("False");
        let shape = value("shape").and_then(|text| text.strip_prefix('(')?.split(')').next()).ok_or(NO)?;
        let extents = shape.split(',').map(str::trim).filter(|extent| !extent.is_empty());
        let shape = extents.map(|extent| extent.trim_end_matches('L').parse()).collect::<Result<Vec<usize>, _>>().map_err(|_| NO)?;
        let bytes = &file[start + length..];
        let expected = shape.iter().try_fold(kind.size(), |n, extent| n.checked_mul(*extent));
        match expected {
            Some(expected) if expected == bytes.len() => Ok(Array { shape, row_major, kind, big_endian, bytes }),
            Some(expected) if expected > bytes.len() => Err(format!("it ends early: {} of {expected} bytes are there", bytes.len())),
            Some(expected) => Err(format!("it goes on after the {expected} bytes that its header claims")),
            None => Err(NO.into()),
        }
    }

    /// How many values.
    pub fn len(&self) -> usize {
        self.bytes.len() / self.kind.size()
    }

    /// True without values.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// True where the values are 32-bit floats.
    pub fn is_f32(&self) -> bool {
        self.kind == Kind::Float(4)
    }

    /// True where the values are whole numbers.
    pub fn is_integer(&self) -> bool {
        matches!(self.kind, Kind::Unsigned(_) | Kind::Signed(_) | Kind::Bool)
    }

    /// The values as they are, where each is a byte.
    pub fn as_bytes(&self) -> Option<&'a [u8]> {
        (self.kind == Kind::Unsigned(1)).then_some(self.bytes)
    }

    /// Value `i` in the order of the file. Panics unless `i < len`.
    pub fn value(&self, i: usize) -> f64 {
        let size = self.kind.size();
        let mut word = [0; 8];
        let source = &self.bytes[i * size..][..size];
        for (at, byte) in source.iter().enumerate() {
            // Little-endian, whatever the file has.
            word[if self.big_endian { size - 1 - at } else { at }] = *byte;
        }
        let bits = u64::from_le_bytes(word);
        match self.kind {
            Kind::Bool => f64::from(u8::from(bits != 0)),
            Kind::Unsigned(_) => bits as f64,
            Kind::Signed(size) => {
                let unused = 64 - 8 * size as u32;
                ((bits << unused) as i64 >> unused) as f64
            }
            Kind::Float(2) => f16::from_bits(bits as u16).to_f64(),
            Kind::Float(4) => f64::from(f32::from_bits(bits as u32)),
            Kind::Float(_) => f64::from_bits(bits),
        }
    }

    /// The least and the largest value; `None` where there is none or one is no finite number.
    pub fn bounds(&self) -> Option<(f64, f64)> {
        let mut bounds: Option<(f64, f64)> = None;
        for value in (0..self.len()).map(|i| self.value(i)) {
            if !value.is_finite() {
                return None;
            }
            let (low, high) = bounds.unwrap_or((value, value));
            bounds = Some((low.min(value), high.max(value)));
        }
        bounds
    }
}

fn kind_of(descr: &str) -> Option<(Kind, bool)> {
    let (order, rest) = descr.split_at_checked(1)?;
    let size = rest.get(1..)?.parse::<usize>().ok()?;
    let kind = match (rest.get(..1)?, size) {
        ("b", 1) => Kind::Bool,
        ("u", 1 | 2 | 4 | 8) => Kind::Unsigned(size),
        ("i", 1 | 2 | 4 | 8) => Kind::Signed(size),
        ("f", 2 | 4 | 8) => Kind::Float(size),
        _ => return None,
    };
    matches!(order, "<" | ">" | "|" | "=").then_some((kind, order == ">"))
}
