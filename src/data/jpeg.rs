//! Whether the coded data of a baseline JPEG are whole. Decoders fill what is missing or misread with grey and say nothing: a file with a
//! hole in it still decodes. Walking through the Huffman codes without computing a pixel shows it: a sound scan ends exactly at its marker.

/// What is wrong with the file, in words; nothing where it is sound, or coded in a way that is not walked (progressive, arithmetic).
pub(super) fn damage(bytes: &[u8]) -> Option<String> {
    let mut walk = Walk { bytes, at: 2, tables: std::array::from_fn(|_| None), interval: 0, frame: None };
    walk.run().err()
}

/// A Huffman table: for codes of up to [`FAST`] bits the length and the symbol at once, for longer ones by their first code per length.
struct Table {
    fast: Vec<(u8, u8)>,
    /// Per length 1 to 16: the largest code (-1 for none), and the index of its first symbol less its first code.
    most: [i32; 17],
    offset: [i32; 17],
    symbols: Vec<u8>,
}

const FAST: u32 = 9;

impl Table {
    fn new(counts: &[u8], symbols: &[u8]) -> Table {
        let mut table = Table { fast: vec![(0, 0); 1 << FAST], most: [-1; 17], offset: [0; 17], symbols: symbols.to_vec() };
        let (mut code, mut index) = (0i32, 0i32);
        for length in 1..=16u32 {
            let count = i32::from(counts[length as usize - 1]);
            table.offset[length as usize] = index - code;
            for _ in 0..count {
                if length <= FAST {
                    let first = (code as usize) << (FAST - length);
                    let symbol = symbols[index as usize];
                    let end = (first + (1 << (FAST - length))).min(table.fast.len());
                    table.fast[first.min(end)..end].fill((length as u8, symbol));
                }
                (code, index) = (code + 1, index + 1);
            }
            if count > 0 {
                table.most[length as usize] = code - 1;
            }
            code <<= 1;
        }
        table
    }
}

struct Component {
    id: u8,
    across: usize,
    down: usize,
}

struct Frame {
    width: usize,
    height: usize,
    components: Vec<Component>,
}

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    /// DC tables 0 to 3, then AC tables 0 to 3.
    tables: [Option<Table>; 8],
    /// MCUs between restart markers; 0 for none.
    interval: usize,
    frame: Option<Frame>,
}

const CUT: &str = "it is damaged: it ends early";

impl Walk<'_> {
    fn run(&mut self) -> Result<(), String> {
        loop {
            let Some(&marker) = self.bytes.get(self.at + 1) else { return Err(CUT.into()) };
            if self.bytes[self.at] != 0xff {
                // Bytes between segments are odd but harmless; the decoder judges them.
                self.at += 1;
                continue;
            }
            match marker {
                0xff => self.at += 1,
                0xd9 => return Ok(()),
                0x00 | 0x01 | 0xd0..=0xd8 => self.at += 2,
                _ => {
                    let length = self.bytes.get(self.at + 2..self.at + 4).ok_or(CUT)?;
                    let end = self.at + 2 + usize::from(u16::from_be_bytes([length[0], length[1]])).max(2);
                    let body = self.bytes.get(self.at + 4..end).ok_or(CUT)?;
                    self.at = end;
                    // Only sequential Huffman coding is walked.
                    if matches!(marker, 0xc2 | 0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf) {
                        return Ok(());
                    }
                    if self.segment(marker, body).is_none() {
                        return Ok(()); // A header that the decoder will refuse in its own words.
                    }
                    if marker == 0xda {
                        self.scan(body)?;
                    }
                }
            }
        }
    }

    fn segment(&mut self, marker: u8, body: &[u8]) -> Option<()> {
        match marker {
            0xc0 | 0xc1 => {
                let side = |at: usize| Some(usize::from(u16::from_be_bytes([*body.get(at)?, *body.get(at + 1)?])));
                let components = body.get(6..)?.chunks_exact(3).take(usize::from(body[5]));
                let components: Vec<Component> =
                    components.map(|c| Component { id: c[0], across: usize::from(c[1] >> 4), down: usize::from(c[1] & 15) }).collect();
                let frame = Frame { height: side(1)?, width: side(3)?, components };
                let sound = frame.width > 0 && frame.height > 0 && !frame.components.is_empty();
                let sampled = frame.components.iter().all(|c| (1..=4).contains(&c.across) && (1..=4).contains(&c.down));
                self.frame = (sound && sampled).then_some(frame);
                self.frame.as_ref().map(|_| ())
            }
            0xc4 => {
                let mut rest = body;
                while !rest.is_empty() {
                    let (class, counts) = (rest[0], rest.get(1..17)?);
                    let total: usize = counts.iter().map(|n| usize::from(*n)).sum();
                    let symbols = rest.get(17..17 + total)?;
                    let slot = usize::from(class >> 4 & 1) * 4 + usize::from(class & 3);
                    self.tables[slot] = Some(Table::new(counts, symbols));
                    rest = &rest[17 + total..];
                }
                Some(())
            }
            0xdd => {
                self.interval = usize::from(u16::from_be_bytes([*body.first()?, *body.get(1)?]));
                Some(())
            }
            _ => Some(()),
        }
    }

    /// Walks through a scan; leaves `at` at the marker behind it.
    fn scan(&mut self, body: &[u8]) -> Result<(), String> {
        let Some(frame) = &self.frame else { return Ok(()) };
        let count = usize::from(body.first().copied().unwrap_or(0));
        let mut blocks = Vec::new();
        let chosen = body.get(1..1 + 2 * count).unwrap_or_default();
        for pair in chosen.chunks_exact(2) {
            let Some(component) = frame.components.iter().find(|c| c.id == pair[0]) else { return Ok(()) };
            let tables = (self.tables[usize::from(pair[1] >> 4 & 3)].as_ref(), self.tables[4 + usize::from(pair[1] & 3)].as_ref());
            let (Some(dc), Some(ac)) = tables else { return Ok(()) };
            blocks.push((component, dc, ac));
        }
        let most = |of: fn(&Component) -> usize| frame.components.iter().map(of).max().unwrap_or(1);
        let (across, down) = (most(|c| c.across), most(|c| c.down));
        let units = match blocks[..] {
            [] => return Ok(()),
            // A scan of one component has no more blocks than the component needs.
            [(one, ..)] => (frame.width * one.across).div_ceil(8 * across) * (frame.height * one.down).div_ceil(8 * down),
            _ => frame.width.div_ceil(8 * across) * frame.height.div_ceil(8 * down),
        };
        let single = blocks.len() == 1;
        let mut bits = Bits { bytes: self.bytes, at: self.at, held: 0, count: 0 };
        for unit in 0..units {
            if self.interval > 0 && unit > 0 && unit % self.interval == 0 {
                bits.restart()?;
            }
            for (component, dc, ac) in &blocks {
                let repeats = if single { 1 } else { component.across * component.down };
                for _ in 0..repeats {
                    bits.block(dc, ac)?;
                }
            }
        }
        self.at = bits.marker()?;
        Ok(())
    }
}

/// The coded bits of a scan.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    held: u64,
    count: u32,
}

const TORN: &str = "it is damaged: its coded data do not add up, as where a part of the file was lost";

impl Bits<'_> {
    /// The next bits without taking them; zeros behind the end.
    fn peek(&mut self, count: u32) -> u32 {
        while self.count < count {
            let byte = match (self.bytes.get(self.at), self.bytes.get(self.at + 1)) {
                (Some(0xff), Some(0)) => {
                    self.at += 2;
                    0xff
                }
                // A marker, or the end: nothing more comes.
                (Some(0xff) | None, _) => return (self.held << (count - self.count)) as u32 & ((1 << count) - 1),
                (Some(byte), _) => {
                    self.at += 1;
                    *byte
                }
            };
            self.held = self.held << 8 | u64::from(byte);
            self.count += 8;
        }
        (self.held >> (self.count - count)) as u32 & ((1 << count) - 1)
    }

    fn skip(&mut self, count: u32) -> Result<(), String> {
        self.peek(count);
        self.count = self.count.checked_sub(count).ok_or(TORN)?;
        self.held &= (1 << self.count) - 1;
        Ok(())
    }

    fn symbol(&mut self, table: &Table) -> Result<u8, String> {
        let (length, symbol) = table.fast[self.peek(FAST) as usize];
        if length > 0 {
            self.skip(u32::from(length))?;
            return Ok(symbol);
        }
        let code = self.peek(16);
        for length in FAST + 1..=16 {
            let (at, start) = (length as usize, (code >> (16 - length)) as i32);
            if start <= table.most[at] {
                self.skip(length)?;
                return usize::try_from(start + table.offset[at]).ok().and_then(|i| table.symbols.get(i)).copied().ok_or(TORN.into());
            }
        }
        Err(TORN.into())
    }

    fn block(&mut self, dc: &Table, ac: &Table) -> Result<(), String> {
        let size = u32::from(self.symbol(dc)?);
        if size > 16 {
            return Err(TORN.into());
        }
        self.skip(size)?;
        let mut k = 1;
        while k < 64 {
            let symbol = self.symbol(ac)?;
            let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
            match (run, size) {
                (15, 0) => k += 16,
                (_, 0) => return Ok(()),
                _ => {
                    self.skip(size)?;
                    k += run + 1;
                }
            }
        }
        if k > 64 { Err(TORN.into()) } else { Ok(()) }
    }

    /// The place of the marker that must come now; less than a byte may be left before it, for padding.
    fn marker(&mut self) -> Result<usize, String> {
        if self.count >= 8 {
            return Err(TORN.into());
        }
        (self.held, self.count) = (0, 0);
        // Some encoders write a byte of padding, or fill bytes, before a marker.
        let mut at = self.at;
        while at < self.at + 2 && self.bytes.get(at).is_some_and(|byte| *byte != 0xff) {
            at += 1;
        }
        match (self.bytes.get(at), self.bytes.get(at + 1)) {
            (None, _) | (_, None) => Err(CUT.into()),
            (Some(0xff), Some(0)) => Err(TORN.into()),
            (Some(0xff), _) => Ok(at),
            _ => Err(TORN.into()),
        }
    }

    fn restart(&mut self) -> Result<(), String> {
        let mut at = self.marker()?;
        while self.bytes.get(at + 1) == Some(&0xff) {
            at += 1;
        }
        match self.bytes.get(at + 1) {
            Some(0xd0..=0xd7) => {
                self.at = at + 2;
                Ok(())
            }
            _ => Err(TORN.into()),
        }
    }
}
