//! Readers under damaged input: whatever the bytes, an answer and never a panic, in bounded time and memory.
//!
//! A test run makes a few hundred tries per reader; `GANVAS_FUZZ=1000000 cargo test --release fuzz` makes as many as it says. Try `i` depends
//! on nothing but `i`, and a failing one is named, so that it can be repeated with `GANVAS_FUZZ_FROM`.

use crate::{
    data::{folder, gz, idx},
    habits::{cifar, encoded, noise, npy},
};
use ganvas::{
    config::Config,
    data::{self, Frames, Request},
    random::pcg4d,
    train::Checkpoint,
};
use image::ImageFormat;
use rayon::prelude::*;
use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// The longest that a try may take: a thousand times what it usually does.
const PATIENCE: Duration = Duration::from_secs(20);

/// The most that the process may come to hold, in KiB.
const MEMORY: u64 = 3 << 20;

/// Random numbers of try `i`.
struct Dice {
    i: u32,
    drawn: u32,
}

impl Dice {
    fn next(&mut self) -> u32 {
        self.drawn += 1;
        pcg4d([self.i, self.drawn, 77, 0])[0]
    }

    fn below(&mut self, n: usize) -> usize {
        self.next() as usize % n.max(1)
    }
}

/// One of the seeds with a few accidents.
fn damaged(seeds: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = seeds[dice.below(seeds.len())].clone();
    // Headers, where what matters lies, are hit as often as all the rest.
    let place = |dice: &mut Dice, len: usize| if dice.below(2) == 0 { dice.below(len.min(64)) } else { dice.below(len) };
    for _ in 0..1 + dice.below(4) {
        let at = place(dice, bytes.len());
        let word = [0, 1, 0x7f, 0x80, 0xff, 0x7fff_ffff, 0x8000_0000, u32::MAX, 0xffff, 1 << 20, dice.next()][dice.below(11)];
        let end = (at + 4).min(bytes.len());
        match dice.below(9) {
            _ if bytes.is_empty() => bytes.push(word as u8),
            0 => bytes[at] ^= 1 << dice.below(8),
            1 => bytes[at] = word as u8,
            2 => bytes[at..end].copy_from_slice(&word.to_le_bytes()[..end - at]),
            3 => bytes[at..end].copy_from_slice(&word.to_be_bytes()[..end - at]),
            4 => bytes.truncate(at),
            5 => drop(bytes.drain(at..end)),
            6 => bytes.insert(at, word as u8),
            7 => {
                // A piece again, elsewhere.
                let piece = bytes[at..(at + dice.below(64)).min(bytes.len())].to_vec();
                let to = place(dice, bytes.len());
                bytes.splice(to..to, piece);
            }
            _ => {
                // A piece of another seed.
                let other = &seeds[dice.below(seeds.len())];
                let from = dice.below(other.len());
                let piece = &other[from..(from + dice.below(256)).min(other.len())];
                bytes.splice(at..end, piece.iter().copied());
            }
        }
    }
    bytes
}

fn number(name: &str) -> Option<u32> {
    std::env::var(name).ok()?.parse().ok()
}

/// Gives damaged forms of `seeds` to `read`, each in a folder of its own thread; what `read` answers is of no concern.
fn fuzz(what: &str, usual: u32, seeds: &[Vec<u8>], read: impl Fn(&Path, &[u8], u32) + Sync) {
    let (first, tries) = (number("GANVAS_FUZZ_FROM").unwrap_or(0), number("GANVAS_FUZZ").unwrap_or(usual));
    for (i, seed) in seeds.iter().enumerate() {
        let place = TempDir::new().unwrap();
        assert!(catch_unwind(AssertUnwindSafe(|| read(place.path(), seed, i as u32))).is_ok(), "{what}: seed {i} itself");
    }
    let failures: Vec<String> = (first..first + tries)
        .into_par_iter()
        .map_init(
            || TempDir::new().unwrap(),
            |place, i| {
                let bytes = damaged(seeds, &mut Dice { i, drawn: 0 });
                let start = Instant::now();
                let ended = catch_unwind(AssertUnwindSafe(|| read(place.path(), &bytes, i)));
                let long = start.elapsed();
                match ended {
                    Err(_) => Some(format!("try {i} panicked")),
                    Ok(()) if long > PATIENCE => Some(format!("try {i} took {long:?}")),
                    Ok(()) => None,
                }
            },
        )
        .flatten()
        .collect();
    assert!(failures.is_empty(), "{what}: {failures:?}");
    if let Some(most) = most_memory() {
        assert!(most < MEMORY, "{what}: {most} KiB at most");
    }
}

/// The most memory that this process has held, in KiB, where the system says.
fn most_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse().ok())
}

/// Loads the file under that name, with the settings that try `i` has.
fn load(place: &Path, name: &str, bytes: &[u8], i: u32) {
    let path = place.join(name);
    fs::write(&path, bytes).unwrap();
    let bit = |n: u32| i >> n & 1 == 1;
    let request = Request {
        source: if bit(0) { path } else { place.to_owned() }.to_string_lossy().into_owned(),
        size: bit(1).then_some(8),
        channels: bit(2).then_some(if bit(3) { 3 } else { 1 }),
        frames: if bit(4) { Frames::All } else { Frames::First },
        rescale: bit(5),
        transpose: bit(6),
        fit: bit(7),
        skip_unreadable: bit(8),
        test_too: bit(9),
        ..Request::default()
    };
    let _ = data::check(&request, &|_, _| {}).map(|report| report.to_string());
}

#[test]
fn fuzz_idx() {
    let values: Vec<u8> = (0..96).collect();
    let plain = [idx(&[6, 4, 4], &values), idx(&[2, 4, 4, 3], &values), idx(&[96], &values)];
    let seeds: Vec<Vec<u8>> = plain.iter().cloned().chain(plain.iter().map(|bytes| gz(bytes))).collect();
    fuzz("idx", 500, &seeds, |place, bytes, i| load(place, "train-images-idx3-ubyte", bytes, i));
}

#[test]
fn fuzz_cifar() {
    let seeds = [cifar(&[&[1], &[2]], 3)];
    fuzz("cifar", 200, &seeds, |place, bytes, i| load(place, "data_batch_1.bin", bytes, i));
}

#[test]
fn fuzz_arrays() {
    let values: Vec<u8> = (0..192).collect();
    let arrays = [
        npy("|u1", &[4, 4, 4, 3], &values),
        npy("<f4", &[3, 4, 4], &values),
        npy(">f8", &[1, 4, 6], &values),
        npy("<i2", &[6, 16], &values),
        npy("<f2", &[6, 4, 4], &values),
    ];
    fuzz("npy", 500, &arrays, |place, bytes, i| load(place, "a.npy", bytes, i));
    let labels = npy("<i8", &[4], &values[..32]);
    let packed = TempDir::new().unwrap();
    let path = packed.path().join("a.npz");
    crate::data::archive(&path, &[("x.npy", arrays[0].clone()), ("y.npy", labels)]);
    fuzz("npz", 500, &[fs::read(&path).unwrap()], |place, bytes, i| load(place, "a.npz", bytes, i));
}

/// A picture of each kind, small.
fn pictures() -> Vec<Vec<u8>> {
    let small = noise(3).crop_imm(0, 0, 12, 10);
    let formats =
        [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::Bmp, ImageFormat::WebP, ImageFormat::Tiff, ImageFormat::Pnm];
    let mut seeds: Vec<Vec<u8>> = formats.into_iter().map(|format| encoded(&small, format)).collect();
    seeds.push(encoded(&image::DynamicImage::ImageLuma16(small.to_luma16()), ImageFormat::Png));
    seeds.push(encoded(&image::DynamicImage::ImageRgba8(small.to_rgba8()), ImageFormat::Bmp));
    let mut gif = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new(&mut gif);
    encoder.encode_frames((0..3).map(|_| image::Frame::new(small.to_rgba8()))).unwrap();
    drop(encoder);
    seeds.push(gif);
    seeds
}

#[test]
fn fuzz_pictures() {
    fuzz("pictures", 700, &pictures(), |place, bytes, i| load(place, "a.png", bytes, i));
}

#[test]
fn fuzz_archives() {
    let place = TempDir::new().unwrap();
    let path = place.path().join("a.zip");
    let pictures = pictures();
    crate::data::archive(&path, &[("cat/a.png", pictures[0].clone()), ("dog/b.jpg", pictures[1].clone()), ("run/log.txt", vec![1])]);
    fuzz("zip", 500, &[fs::read(&path).unwrap()], |place, bytes, i| load(place, "a.zip", bytes, i));
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in [("cat/a.png", &pictures[0]), ("dog/b.bmp", &pictures[3])] {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        builder.append_data(&mut header, name, &bytes[..]).unwrap();
    }
    let plain = builder.into_inner().unwrap();
    fuzz("tar", 500, &[gz(&plain), plain], |place, bytes, i| load(place, "a.tar", bytes, i));
}

#[test]
fn fuzz_config() {
    let text = Config::default().to_toml().into_bytes();
    let seeds = [text, include_bytes!("../src/presets/goodfellow-2014.toml").to_vec()];
    fuzz("config", 500, &seeds, |_, bytes, _| drop(Config::from_toml(&String::from_utf8_lossy(bytes), "fuzz")));
}

#[test]
fn fuzz_checkpoint() {
    let checkpoint = Checkpoint {
        step: 3,
        updates_d: 3,
        variant: "fuzz".into(),
        data: ganvas::train::DataIdentity { name: "builtin".into(), hash: "0".into(), count: 3, shape: [1, 2, 2] },
        config: Config::default(),
        tensors: [("G.0.weight".into(), (vec![2, 3], vec![0.5; 6])), ("powers/G".into(), (vec![2], vec![1.0; 2]))].into(),
    };
    let seeds = [checkpoint.to_bytes().unwrap()];
    fuzz("checkpoint", 500, &seeds, |place, bytes, _| {
        let path = place.join("step-000003.safetensors");
        fs::write(&path, bytes).unwrap();
        let _ = Checkpoint::read(&path)
            .map(|checkpoint| checkpoint.mismatches([("G.0.weight", &[2, 3][..])]))
            .map_err(|error| error.to_string());
    });
}

/// Claims that would cost gigabytes, or a stack, if they were believed.
#[test]
fn claims_cost_nothing() {
    let long = [b"\x93NUMPY\x02\x00", &u32::MAX.to_le_bytes()[..], b"{'descr'"].concat();
    let nested = format!("{{'descr': {}", "(".repeat(60_000));
    let nested = [b"\x93NUMPY\x01\x00", &(nested.len() as u16).to_le_bytes()[..], nested.as_bytes()].concat();
    let mut bitmap = encoded(&noise(1).crop_imm(0, 0, 4, 4), ImageFormat::Bmp);
    for at in [18, 22] {
        bitmap[at..at + 4].copy_from_slice(&15_000_i32.to_le_bytes());
    }
    let mut png = encoded(&noise(1).crop_imm(0, 0, 4, 4), ImageFormat::Png);
    png[16..24].copy_from_slice(&[60_000u32.to_be_bytes(); 2].concat());
    let mut checksum = flate2::Crc::new();
    checksum.update(&png[12..29]);
    png[29..33].copy_from_slice(&checksum.sum().to_be_bytes());
    let mut gif = encoded(&noise(1).crop_imm(0, 0, 4, 4), ImageFormat::Gif);
    gif[6..10].copy_from_slice(&[60_000u16.to_le_bytes(); 2].concat());
    let mut jpeg = encoded(&noise(1).crop_imm(0, 0, 4, 4), ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[60_000u16.to_be_bytes(); 2].concat());
    let mut tiff = encoded(&noise(1).crop_imm(0, 0, 4, 4), ImageFormat::Tiff);
    // Tags 256 and 257: width and height, as one long each.
    for tag in [256u16, 257] {
        let entry = [&tag.to_le_bytes()[..], &4u16.to_le_bytes(), &1u32.to_le_bytes()].concat();
        let at = tiff.windows(8).position(|bytes| bytes == entry).unwrap();
        tiff[at + 8..at + 12].copy_from_slice(&60_000u32.to_le_bytes());
    }
    let npz = TempDir::new().unwrap();
    let zip = npz.path().join("a.npz");
    crate::data::archive(&zip, &[("x.npy", npy("|u1", &[60_000, 60_000, 60_000], &[0; 9]))]);
    for (name, bytes, part) in [
        ("a.png", png, "60000 x 60000"),
        ("a.gif", gif, "60000 x 60000"),
        ("a.jpg", jpeg, "a.jpg: it is"),
        ("a.tif", tiff, "60000 x 60000"),
        ("a.ppm", b"P6 60000 60000 255\n".to_vec(), "60000 x 60000"),
        ("a.npz", fs::read(zip).unwrap(), "9 of 216000000000000 bytes"),
        ("a.npy", long, "no .npy file, or damaged"),
        ("a.npy", nested, "an array of records"),
        ("train-images-idx3-ubyte", idx(&[u32::MAX, 4096, 4096], &[7; 9]), "9 of 72057594021150720 values"),
        ("a.bmp", bitmap, "it claims 15000 x 15000 pixels in"),
    ] {
        let files = folder(&[(name, bytes)]);
        let error = data::load(&Request { source: files.path().to_string_lossy().into_owned(), ..Request::default() }).unwrap_err();
        assert!(error.to_string().contains(part), "no {part:?} in {error}");
        if let Some(most) = most_memory() {
            assert!(most < MEMORY, "{name}: {most} KiB at most");
        }
    }
}
