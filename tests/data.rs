//! Data from end to end, on small files made here.

use flate2::Compression;
use flate2::write::GzEncoder;
use ganvas::data::{self, DataSet, Reason, Report, Request};
use ganvas::{disk, sheet};
use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use std::collections::BTreeSet;
use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use tempfile::TempDir;

pub fn request(source: impl AsRef<Path>) -> Request {
    Request { source: source.as_ref().to_string_lossy().into_owned(), count: 100, seed: 7, ..Request::default() }
}

pub fn load(source: impl AsRef<Path>) -> DataSet {
    data::load(&request(&source)).unwrap()
}

pub fn check(source: impl AsRef<Path>) -> Report {
    data::check(&request(&source), &|_, _| {}).unwrap()
}

/// The text of the error that loading must give, which must hold all of `parts`.
pub fn refuses(request: &Request, parts: &[&str]) {
    let text = data::load(request).unwrap_err().to_string();
    for part in parts {
        assert!(text.contains(part), "no {part:?} in {text:?}");
    }
}

pub fn grey(width: u32, height: u32, value: u8) -> DynamicImage {
    GrayImage::from_pixel(width, height, Luma([value])).into()
}

pub fn save(folder: &Path, name: &str, image: &DynamicImage) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    image.save(path).unwrap();
}

pub fn png(image: &DynamicImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// An idx file of bytes.
pub fn idx(shape: &[u32], values: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, shape.len() as u8];
    for side in shape {
        bytes.extend(side.to_be_bytes());
    }
    bytes.extend(values);
    bytes
}

pub fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn folder(files: &[(&str, Vec<u8>)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

pub fn archive(path: &Path, files: &[(&str, Vec<u8>)]) {
    let mut writer = zip::ZipWriter::new(fs::File::create(path).unwrap());
    for (name, bytes) in files {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap();
}

// builtin

#[test]
fn builtin_is_a_function_of_seed_and_index() {
    let many = load("builtin");
    assert_eq!((many.count, many.channels, many.height, many.width), (100, 1, 28, 28));
    assert_eq!(many.name, "builtin");
    let few = data::load(&Request { count: 30, ..request("builtin") });
    let few = few.unwrap();
    assert_eq!(few.bytes()[..], many.bytes()[..30 * 784]);
    assert_ne!(few.identity(), many.identity());
    assert_eq!(many.identity(), load("builtin").identity());
    let other = data::load(&Request { seed: 8, ..request("builtin") });
    let other = other.unwrap();
    let same = (0..100).filter(|&i| other.image(i) == many.image(i));
    assert_eq!(same.count(), 0);
}

/// Runs are resumed by the data's identity, so the images may not change by accident, nor differ
/// between machines. After a change on purpose, put the new identity here.
#[test]
fn builtin_stays_as_it_is() {
    assert_eq!(load("builtin").identity(), "086d340dc3249757");
}

#[test]
fn builtin_has_even_classes_and_images_like_mnist() {
    let set = load("builtin");
    let labels = set.labels.as_ref().unwrap();
    for class in 0..10 {
        assert_eq!(labels.iter().filter(|&&label| label == class).count(), 10);
    }
    assert_eq!(set.classes.len(), 10);
    for i in 0..set.count {
        let image = set.image(i);
        let (mut mass, mut x, mut y) = (0.0, 0.0, 0.0);
        for (at, &value) in image.iter().enumerate() {
            let value = f64::from(value);
            mass += value;
            x += value * ((at % 28) as f64 + 0.5);
            y += value * ((at / 28) as f64 + 0.5);
        }
        assert_eq!(*image.iter().max().unwrap(), 255, "image {i} has full ink");
        assert_eq!([image[0], image[27], image[783]], [0; 3], "clear corners");
        let ink = mass / 784.0;
        assert!((5.0..100.0).contains(&ink), "image {i} has mean {ink}");
        for centre in [x / mass, y / mass] {
            assert!((centre - 14.0).abs() < 2.5, "image {i} centred: {centre}");
        }
    }
}

#[test]
fn builtin_comes_in_any_size_and_in_colour() {
    let big = Request { size: Some(64), channels: Some(3), ..request("builtin") };
    let big = data::load(&big).unwrap();
    assert_eq!((big.channels, big.height, big.width), (3, 64, 64));
    let image = big.image(3);
    assert_eq!(image[..4096], image[4096..8192]);
    assert_eq!(image[..4096], image[8192..]);
    for size in [1, 8, 16] {
        let small = Request { size: Some(size), ..request("builtin") };
        assert_eq!(data::load(&small).unwrap().width, size as usize);
    }
}

#[test]
fn settings_that_cannot_be_are_refused() {
    let base = request("builtin");
    let size = |size| Request { size: Some(size), ..base.clone() };
    refuses(&size(0), &["size 0", "give `size` from 1"]);
    refuses(&size(100_000), &["size 100000", "give `size` from 1"]);
    let channels = Request { channels: Some(2), ..base.clone() };
    refuses(&channels, &["2 channels", "`channels = 1`"]);
    let none = Request { count: 0, ..base.clone() };
    refuses(&none, &["builtin", "at least 1"]);
    let much = Request { count: usize::MAX, ..base.clone() };
    refuses(&much, &["builtin", "GiB", "`size = N`"]);
}

// idx

/// Three images of 2 x 3 that begin with `first`, and labels 4, 9, 4.
fn mnist(part: &str, first: u8, pack: impl Fn(&[u8]) -> Vec<u8>, end: &str) -> TempDir {
    let values: Vec<u8> = (first..first + 18).collect();
    folder(&[
        (&format!("{part}-images-idx3-ubyte{end}"), pack(&idx(&[3, 2, 3], &values))),
        (&format!("{part}-labels-idx1-ubyte{end}"), pack(&idx(&[3], &[4, 9, 4]))),
    ])
}

#[test]
fn idx_loads_plain_and_packed() {
    let plain = mnist("t10k", 1, <[u8]>::to_vec, "");
    let set = load(&plain);
    assert_eq!((set.count, set.channels, set.height, set.width), (3, 1, 2, 3));
    assert_eq!(set.image(1), [7, 8, 9, 10, 11, 12]);
    assert_eq!(set.labels, Some(vec![0, 1, 0]));
    assert_eq!(set.classes, ["4", "9"]);
    for end in [".gz", ""] {
        // Packed or not is told by the content, whatever the name.
        let files = mnist("t10k", 1, gz, end);
        let packed = load(files.path());
        assert_eq!(packed.identity(), set.identity());
    }
    let file = plain.path().join("t10k-images-idx3-ubyte");
    let one = load(file);
    assert_eq!(one.name, "t10k");
    assert_eq!(one.identity(), set.identity());
}

#[test]
fn idx_takes_the_training_set_first() {
    let both = mnist("train", 100, gz, ".gz");
    let other = mnist("t10k", 1, gz, ".gz");
    for entry in fs::read_dir(other.path()).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), both.path().join(entry.file_name())).unwrap();
    }
    assert_eq!(load(&both).bytes()[0], 100);
    let report = check(&both);
    assert!(report.about.contains("train-images-idx3-ubyte.gz"));

    // The test set behind the training set, for those who hold images out.
    let joined = data::load(&Request { test_too: true, ..request(&both) }).unwrap();
    let (train, test) = (load(&both), load(&other));
    assert_eq!((joined.count, joined.classes.len()), (train.count + test.count, train.classes.len()));
    assert_eq!(joined.bytes(), [train.bytes(), test.bytes()].concat());
    assert_eq!(joined.labels.unwrap(), [train.labels.unwrap(), test.labels.unwrap()].concat());
    let alone = data::load(&Request { test_too: true, ..request(&other) }).unwrap();
    assert_eq!(alone, load(&other));

    let emnist = folder(&[("emnist-digits-train-images-idx3-ubyte", vec![]), ("emnist-letters-train-images-idx3-ubyte", vec![])]);
    refuses(&request(&emnist), &["emnist-digits", "emnist-letters"]);
}

#[test]
fn a_split_is_by_index_and_leaves_something() {
    let whole = load("builtin");
    let split = data::split(whole.clone(), 30, 20).unwrap();
    let (valid, test) = (split.valid.clone().unwrap(), split.test.clone().unwrap());
    assert_eq!((split.train.count, valid.count, test.count), (50, 30, 20));
    assert_eq!([split.train.bytes(), valid.bytes(), test.bytes()].concat(), whole.bytes());
    assert_eq!((valid.image(0), test.image(19)), (whole.image(50), whole.image(99)));
    assert_eq!(test.labels.as_ref().unwrap()[..], whole.labels.as_ref().unwrap()[80..]);
    let held_out = split.held_out().unwrap();
    assert_eq!((held_out.count, held_out.image(0), held_out.image(49)), (50, whole.image(50), whole.image(99)));
    assert_eq!(split.classes_missed(), [""; 0]);
    // Ten images have ten classes in turn.
    assert_eq!(data::split(whole.clone(), 0, 3).unwrap().classes_missed().len(), 7);
    let none = data::split(whole.clone(), 0, 0).unwrap();
    assert_eq!((none.train, none.valid, none.test), (whole.clone(), None, None));
    for (valid, test) in [(100, 0), (0, 100), (60, 40), (usize::MAX, usize::MAX)] {
        let text = data::split(whole.clone(), valid, test).unwrap_err().to_string();
        assert!(text.contains("nothing is left to train on") && text.contains("100 images"), "{text}");
    }
}

#[test]
fn idx_sets_emnist_upright_and_looks_into_raw() {
    let name = "raw/emnist-digits-test-images-idx3-ubyte";
    let files = folder(&[(name, idx(&[1, 2, 3], &[1, 2, 3, 4, 5, 6]))]);
    let set = load(&files);
    assert_eq!((set.height, set.width), (3, 2));
    assert_eq!(set.bytes(), [1, 4, 2, 5, 3, 6]);
    assert_eq!((set.labels, set.classes.len()), (None, 0));
}

#[test]
fn idx_resizes_and_colours() {
    let files = mnist("train", 50, gz, ".gz");
    let set = data::load(&Request { size: Some(8), channels: Some(3), ..request(&files) });
    let set = set.unwrap();
    assert_eq!((set.channels, set.height, set.width), (3, 8, 8));
    assert_eq!(set.image(0)[..64], set.image(0)[64..128]);
}

#[test]
fn idx_refuses_what_is_broken() {
    const NAME: &str = "train-images-idx3-ubyte";
    let good = idx(&[2, 2, 2], &[0; 8]);
    let cases: [(Vec<u8>, &str); 10] = [
        (good[..20].to_vec(), "4 of 8 values"),
        (good[..9].to_vec(), "ends early"),
        (vec![], "ends early"),
        (gz(&good)[..20].to_vec(), "ends early"),
        ([&good[..], &[1]].concat(), "goes on after the 8 values"),
        (idx(&[2], &[0; 2]), "holds labels; give the images file"),
        (b"\x89PNX\r\n\x1a\n".to_vec(), "0x89504e58 instead of 0x00000803"),
        (idx(&[0, 2, 2], &[]), "holds nothing"),
        (idx(&[u32::MAX, 4096, 4096], &[0; 9]), "9 of 72057594021150720 values"),
        (idx(&[1, 0, u32::MAX], &[0; 9]), "header claims"),
    ];
    for (bytes, part) in cases {
        let files = folder(&[(NAME, bytes)]);
        refuses(&request(&files), &[NAME, part]);
    }
    let mut packed = gz(&idx(&[2, 20, 20], &[3; 800]));
    let middle = packed.len() / 2;
    packed[middle] ^= 0xff;
    packed[middle + 1] ^= 0xff;
    let files = folder(&[(NAME, packed)]);
    refuses(&request(&files), &[NAME, "gzip packing is damaged"]);

    let labels = "train-labels-idx1-ubyte";
    let files = folder(&[(NAME, good), (labels, idx(&[3], &[0; 3]))]);
    refuses(&request(&files), &["2 images", labels, "3 labels"]);
}

// folder

#[test]
fn folder_takes_subfolders_as_classes() {
    let files = TempDir::new().unwrap();
    let root = files.path();
    save(root, "9/b.png", &grey(3, 2, 90));
    save(root, "9/a.PNG", &grey(3, 2, 80));
    save(root, "10/deeper/c.bmp", &grey(3, 2, 100));
    save(root, "9/.hidden.png", &grey(5, 5, 0));
    fs::write(root.join("notes.txt"), "no image").unwrap();
    let set = load(root);
    assert_eq!((set.count, set.channels, set.height, set.width), (3, 1, 2, 3));
    assert_eq!(set.classes, ["9", "10"]);
    assert_eq!(set.labels, Some(vec![1, 0, 0]));
    let firsts: Vec<u8> = (0..3).map(|i| set.image(i)[0]).collect();
    assert_eq!(firsts, [100, 80, 90]);
    assert_eq!(check(root).left_out.count(Reason::Other), 1);

    // One folder for all: no class.
    assert_eq!(load(root.join("10")).labels, None);
}

#[test]
fn folder_refuses_mixed_sizes_and_resizes_when_asked() {
    let files = TempDir::new().unwrap();
    let root = files.path();
    // Left and right thirds black, the middle white: a square from the middle is white.
    let wide = GrayImage::from_fn(30, 10, |x, _| Luma([if x / 10 == 1 { 255 } else { 0 }]));
    save(root, "wide.png", &wide.into());
    save(root, "big.png", &grey(20, 20, 200));
    refuses(&request(root), &["`big.png` is 20 x 20", "`wide.png` is 30 x 10", "`size = N`"]);
    let sized = Request { size: Some(10), ..request(root) };
    let set = data::load(&sized).unwrap();
    assert_eq!((set.count, set.height, set.width), (2, 10, 10));
    assert!(set.image(0).iter().all(|&v| v == 200));
    assert!(set.image(1).iter().all(|&v| v == 255));

    let report = check(root);
    assert_eq!(report.sizes, [((20, 20), 1), ((30, 10), 1)]);
    let text = report.to_string();
    assert!(text.contains("20 x 20 (1), 30 x 10 (1)"), "{text}");
    assert!(text.contains("would not load") && text.contains("size = N"));
}

#[test]
fn folder_is_grey_only_if_every_image_is() {
    let files = TempDir::new().unwrap();
    let root = files.path();
    let same = RgbImage::from_pixel(2, 2, Rgb([70, 70, 70]));
    save(root, "a.png", &same.into());
    save(root, "b.png", &grey(2, 2, 60));
    assert_eq!(load(root).channels, 1);
    let mut red = RgbImage::from_pixel(2, 2, Rgb([0, 0, 0]));
    red.put_pixel(1, 0, Rgb([200, 10, 20]));
    save(root, "c.png", &red.into());
    let set = load(root);
    assert_eq!(set.channels, 3);
    assert_eq!(set.image(1), [60; 12]);
    assert_eq!(set.image(2), [0, 200, 0, 0, 0, 10, 0, 0, 0, 20, 0, 0]);
    let forced = Request { channels: Some(1), ..request(root) };
    let forced = data::load(&forced).unwrap();
    assert_eq!((forced.channels, forced.bytes().len()), (1, 12));
}

#[test]
fn folder_puts_transparent_images_over_black() {
    let files = TempDir::new().unwrap();
    let glass = RgbaImage::from_pixel(1, 1, Rgba([200, 100, 50, 128]));
    save(files.path(), "a.png", &glass.into());
    assert_eq!(load(&files).bytes(), [100, 50, 25]);
}

#[test]
fn folder_names_what_it_cannot_read() {
    let files = TempDir::new().unwrap();
    let root = files.path();
    save(root, "a.png", &grey(9, 9, 1));
    let whole = png(&grey(9, 9, 2));
    fs::write(root.join("b.png"), &whole[..whole.len() / 2]).unwrap();
    fs::write(root.join("c.jpg"), "not an image").unwrap();
    // A header that claims an image of gigabytes.
    let mut huge = Cursor::new(Vec::new());
    grey(2, 2, 0).write_to(&mut huge, ImageFormat::Bmp).unwrap();
    let mut huge = huge.into_inner();
    huge[18..22].copy_from_slice(&1_000_000_i32.to_le_bytes());
    fs::write(root.join("d.bmp"), huge).unwrap();
    refuses(&request(root), &["3 of the images", "\n  b.png: it is damaged", "\n  c.jpg: ", "\n  d.bmp: ", "`skip_unreadable = true`"]);
    let report = check(root);
    let names: Vec<&str> = report.unreadable.iter().map(|bad| &*bad.name).collect();
    assert_eq!((report.count, names), (1, vec!["b.png", "c.jpg", "d.bmp"]));
    assert!(report.unreadable.iter().all(|bad| !bad.cause.is_empty()));
    assert!(report.to_string().contains("  c.jpg: "));
}

#[cfg(unix)]
#[test]
fn folder_survives_links_in_a_circle() {
    let files = TempDir::new().unwrap();
    save(files.path(), "a.png", &grey(2, 2, 1));
    std::os::unix::fs::symlink(files.path(), files.path().join("again")).unwrap();
    assert_eq!(load(&files).count, 1);
}

#[test]
fn places_without_images_are_refused() {
    let files = folder(&[("notes.txt", b"hello".to_vec())]);
    let root = files.path();
    refuses(&request(root), &["no images", "1 other file (notes.txt)", "PNG"]);
    refuses(&request(root.join("nowhere")), &["no file or folder", "nowhere"]);
    refuses(&request(root.join("notes.txt")), &["notes.txt", "not data that ganvas can read"]);
    assert!(data::check(&request(root), &|_, _| {}).is_err());
}

// zip

#[test]
fn zip_reads_like_a_folder() {
    let files = TempDir::new().unwrap();
    let path = files.path().join("My Faces.zip");
    archive(
        &path,
        &[
            ("all/b/1.png", png(&grey(2, 2, 20))),
            ("all/a/1.png", png(&grey(2, 2, 10))),
            ("all/read.me", vec![1]),
            ("__MACOSX/all/a/._1.png", vec![1]),
        ],
    );
    let set = load(&path);
    assert_eq!(set.name, "My-Faces");
    assert_eq!(set.bytes(), [10, 10, 10, 10, 20, 20, 20, 20]);
    assert_eq!(set.classes, ["a", "b"]);
    assert_eq!(set.labels, Some(vec![0, 1]));

    archive(&path, &[("a.png", b"broken".to_vec())]);
    refuses(&request(&path), &["\n  a.png: ", "My Faces.zip", "mend or remove"]);
    archive(&path, &[]);
    refuses(&request(&path), &["My Faces.zip", "no images"]);
    fs::write(&path, "PK, but no archive").unwrap();
    refuses(&request(&path), &["My Faces.zip", "no usable zip"]);
}

// check

#[test]
fn report_says_what_there_is() {
    let files = TempDir::new().unwrap();
    let root = files.path();
    save(root, "cat/1.png", &grey(4, 4, 10));
    save(root, "cat/2.png", &grey(4, 4, 30));
    save(root, "dog/1.png", &grey(4, 4, 10));
    let report = check(root);
    assert_eq!(report.kind, "pictures");
    assert_eq!(report.classes, [("cat".into(), 2), ("dog".into(), 1)]);
    let (low, high, mean) = report.values.unwrap();
    assert_eq!((low, high), (10, 30));
    assert!((mean - 50.0 / 3.0).abs() < 1e-9);
    assert_eq!(report.duplicates, 1);
    let pair = ("cat/1.png".to_owned(), "dog/1.png".to_owned());
    assert_eq!(report.duplicate_example, Some(pair));
    assert_eq!(report.examples.as_ref().unwrap(), &load(root));
    let text = report.to_string();
    for part in [
        "images      3",
        "4 x 4 (3)",
        "1 (grey)",
        "cat (2), dog (1)",
        "10 to 30, mean 16.7",
        "1, such as cat/1.png and dog/1.png",
        "would load: 3 x 1 x 4 x 4",
    ] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
    let builtin = check("builtin");
    assert_eq!(builtin.examples.unwrap().count, 64);
    let many = Request { count: 5000, ..request("builtin") };
    let examples = data::check(&many, &|_, _| {}).unwrap().examples.unwrap();
    let shown = BTreeSet::from_iter(examples.labels.unwrap());
    assert_eq!((examples.count, shown.len()), (64, 10));
}

// sheets and files

#[test]
fn sheet_places_tiles() {
    // Three tiles of 1 x 2 pixels in two columns, doubled, 2 pixels between.
    let made = sheet::sheet(&[1, 2, 3, 4, 5, 6], 3, 1, 1, 2, 2, 2);
    let made = made.as_luma8().unwrap();
    assert_eq!(made.dimensions(), (4 + 2 + 4, 2 + 2 + 2));
    let at = |x, y| made.get_pixel(x, y).0[0];
    assert_eq!([at(0, 0), at(1, 1), at(2, 0), at(6, 0), at(9, 1)], [1, 1, 2, 3, 4]);
    assert_eq!([at(0, 4), at(3, 5)], [5, 6]);
    let gap = at(4, 0);
    assert!(gap > 0 && gap < 100);
    assert_eq!([at(0, 2), at(9, 5)], [gap, gap]);
    let colour = sheet::sheet(&[1, 2, 3], 1, 3, 1, 1, 8, 1);
    assert_eq!(colour.as_rgb8().unwrap().as_raw(), &[1, 2, 3]);
}

#[test]
fn files_are_written_whole_or_not_at_all() {
    let files = TempDir::new().unwrap();
    let root = files.path();
    let path = root.join("sheet.png");
    fs::write(&path, "old").unwrap();
    sheet::write_png(&path, &grey(3, 3, 9)).unwrap();
    assert_eq!(image::open(&path).unwrap(), grey(3, 3, 9));

    // A folder stands in the way: the temporary file is made but cannot be renamed.
    let folder = root.join("taken");
    fs::create_dir_all(folder.join("inside")).unwrap();
    let error = disk::write_whole(&folder, b"new").unwrap_err().to_string();
    assert!(error.contains("cannot write `") && error.contains("taken`: "), "{error}");
    let mut left: Vec<_> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["sheet.png", "taken"]);
    let nowhere = root.join("none").join("a.png");
    let error = disk::write_whole(&nowhere, b"new").unwrap_err();
    assert!(error.path.ends_with("a.png"));
}

// How like handwriting the built-in digits are

/// The share of every fourth of `tests` whose nearest neighbour (L2 on pixels) in `known` has their class.
fn nearest_neighbour_accuracy(known: &DataSet, tests: &DataSet) -> f64 {
    let wide = |set: &DataSet| -> Vec<i16> { set.bytes().iter().map(|&v| v.into()).collect() };
    let dot = |a: &[i16], b: &[i16]| -> i32 { a.iter().zip(b).map(|(&x, &y)| i32::from(x) * i32::from(y)).sum() };
    let (known_values, test_values) = (wide(known), wide(tests));
    let pixels = known.pixels();
    let squares: Vec<i32> = known_values.chunks(pixels).map(|a| dot(a, a)).collect();
    let nearest = |test: &[i16]| {
        let images = known_values.chunks_exact(pixels).zip(&squares);
        let distances = images.map(|(image, square)| square - 2 * dot(image, test));
        distances.enumerate().min_by_key(|&(_, d)| d).unwrap().0
    };
    let class = |set: &DataSet, i: usize| {
        let label = set.labels.as_ref().unwrap()[i];
        set.classes[label as usize].clone()
    };
    let right = |i: &usize| {
        let test = &test_values[i * pixels..][..pixels];
        class(known, nearest(test)) == class(tests, *i)
    };
    use rayon::prelude::*;
    let sample: Vec<usize> = (0..tests.count).step_by(4).collect();
    let hits = sample.par_iter().filter(|&i| right(i)).count();
    hits as f64 / sample.len() as f64
}

#[test]
fn digits_of_mnist_are_told_apart_by_builtin_ones() {
    let Some(folder) = std::env::var_os("GANVAS_MNIST") else {
        crate::support::skipped("digits of MNIST by built-in ones", "GANVAS_MNIST names no folder with MNIST's idx files");
        return;
    };
    let known = data::load(&Request { count: 20_000, ..request("builtin") });
    let accuracy = nearest_neighbour_accuracy(&known.unwrap(), &load(folder));
    println!("1-nearest-neighbour accuracy on MNIST: {accuracy:.4}");
    assert!(accuracy >= 0.60, "{accuracy}");
}
