//! Data as people have them: layouts, habits and accidents from public reports, each made small here.

#![allow(clippy::needless_borrows_for_generic_args, reason = "a folder that is lent is deleted only when its test is done with it")]

use crate::data::{archive, check, folder, grey, gz, idx, load, png, refuses, request, save};
use flate2::{Compression, write::GzEncoder};
use ganvas::data::{self, Background, DataSet, Frames, Loaded, Reason, Request, UNLABELLED};
use image::{DynamicImage, GrayImage, ImageBuffer, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use std::{
    fs,
    io::{Cursor, Write as _},
    path::Path,
};
use tempfile::TempDir;

/// A picture that is like no other: a disc on a ground of four colours.
fn disc(i: u32, width: u32, height: u32) -> DynamicImage {
    let (x0, y0) = ((7 * i) % width, (13 * i) % height);
    RgbImage::from_fn(width, height, |x, y| {
        if x.abs_diff(x0) + y.abs_diff(y0) < 6 {
            return Rgb([250, 220, 20]);
        }
        match (2 * x < width, 2 * y < height) {
            (true, true) => Rgb([220, 30, 30]),
            (false, true) => Rgb([30, 200, 30]),
            (true, false) => Rgb([30, 30, 220]),
            (false, false) => Rgb([240, 240, 240]),
        }
    })
    .into()
}

pub fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn telling(request: &Request) -> Loaded {
    data::load_telling(request, &|_, _| {}).unwrap()
}

#[track_caller]
fn notes(loaded: &Loaded, part: &str) {
    assert!(loaded.notes.iter().any(|note| note.contains(part)), "no {part:?} in {:?}", loaded.notes);
}

// Own output

#[test]
fn what_ganvas_wrote_is_no_data() {
    let files = TempDir::new().unwrap();
    let root = files.path();
    for i in 0..4 {
        save(root, &format!("{i}.png"), &disc(i, 20, 20));
    }
    let before = load(root);
    // A run folder under another name, a sheet, a GIF, and one that only has their names.
    for (name, text) in [("my run/config.toml", ""), ("my run/metrics.jsonl", ""), ("my run/log.txt", ""), ("notes/log.txt", "")] {
        fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
        fs::write(root.join(name), text).unwrap();
    }
    save(root, "my run/samples/step-000010.png", &disc(9, 99, 99));
    ganvas::sheet::write_png(&root.join("data-check-faces.png"), &disc(8, 77, 77)).unwrap();
    let gif = encoded(&disc(7, 66, 66), ImageFormat::Gif);
    fs::write(root.join("walk.gif"), ganvas::sheet::marked_gif(gif)).unwrap();
    let after = telling(&request(root));
    assert_eq!(after.set, before, "the same images, and with them the same identity");
    assert_eq!(after.set.identity(), before.identity());
    notes(&after, "1 run folder of ganvas (my run), 2 pictures that ganvas wrote");
    let report = check(root);
    assert_eq!((report.left_out.count(Reason::Run), report.left_out.count(Reason::Own)), (1, 2));
    // What is marked is still a picture for everyone else.
    assert_eq!(image::open(root.join("data-check-faces.png")).unwrap(), disc(8, 77, 77));
    assert_eq!(image::open(root.join("walk.gif")).unwrap().width(), 66);
    refuses(&request(root.join("my run")), &["no images", "1 run folder of ganvas"]);
    // An archive of it all is no other.
    let path = root.join("all.zip");
    let packed = |name: &str| (name.to_owned(), fs::read(root.join(name)).unwrap());
    let files: Vec<_> =
        ["0.png", "1.png", "my run/config.toml", "my run/metrics.jsonl", "my run/log.txt", "my run/samples/step-000010.png"]
            .map(packed)
            .into();
    let files: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    archive(&path, &files);
    assert_eq!(load(&path).count, 2);
}

// Content

/// Black strokes on a transparent ground.
fn line_art(i: u32) -> DynamicImage {
    RgbaImage::from_fn(16, 16, |x, y| Rgba([0, 0, 0, if x == (i + y) % 16 { 255 } else { 0 }])).into()
}

#[test]
fn drawings_in_alpha_alone_are_seen() {
    let files = TempDir::new().unwrap();
    for i in 0..5 {
        save(files.path(), &format!("{i}.png"), &line_art(i));
    }
    let found = telling(&request(&files));
    assert_eq!(found.set.image(1)[..3], [255, 0, 255]);
    notes(&found, "5 pictures are drawn in black on a transparent ground: put on white");
    let on = |background| data::load(&Request { background: Background::parse(background).unwrap(), ..request(&files) });
    assert_eq!(on("#0000ff").unwrap().image(1)[512..515], [255, 0, 255]);
    let text = on("black").unwrap_err().to_string();
    assert!(text.contains("all 5 images are empty") && text.contains("`background`"), "{text}");
    assert_eq!((Background::parse("#12"), Background::parse("blue"), Background::parse("#é00000")), (None, None, None));
}

#[test]
fn an_unused_alpha_channel_hides_nothing() {
    let files = TempDir::new().unwrap();
    for i in 0..3 {
        let hidden = disc(i, 12, 12).into_rgb8();
        let hidden = RgbaImage::from_fn(12, 12, |x, y| Rgba([hidden[(x, y)][0], hidden[(x, y)][1], hidden[(x, y)][2], 0]));
        save(files.path(), &format!("{i}.bmp"), &hidden.into());
    }
    let found = telling(&request(&files));
    assert_eq!(found.set.image(0)[143], 240);
    notes(&found, "3 pictures have an alpha channel of zeros alone");
}

#[test]
fn a_sliver_of_the_range_is_said_and_stretched() {
    let files = TempDir::new().unwrap();
    for i in 0..3u16 {
        // 12 bits in a file of 16.
        let image: ImageBuffer<Luma<u16>, Vec<u16>> =
            ImageBuffer::from_fn(64, 64, |x, y| Luma([(x * 64 + y + u32::from(i)) as u16 % 4096]));
        image.save(files.path().join(format!("{i}.png"))).unwrap();
    }
    let found = telling(&request(&files));
    notes(&found, "go from 0 to 16 only, a sliver of 0 to 255; `rescale = true`");
    let stretched = data::load(&Request { rescale: true, ..request(&files) }).unwrap();
    let expected: Vec<u8> = (0..4096).map(|at| (at / 64) * 64 + at % 64).map(|i| ((i as f64) * 255.0 / 4095.0).round() as u8).collect();
    let first: Vec<u8> = (0..4096).map(|at| stretched.image(0)[(at % 64) * 64 + at / 64]).collect();
    assert_eq!(first, expected, "of 12 bits, not of the 4 that are left in 8");
}

#[test]
fn images_that_teach_nothing_are_refused() {
    let set = |make: &dyn Fn(u32) -> DynamicImage| {
        let files = TempDir::new().unwrap();
        for i in 0..6 {
            save(files.path(), &format!("{i}.png"), &make(i));
        }
        files
    };
    let black = set(&|_| grey(5, 5, 0));
    refuses(&request(&black), &["nothing can be learned", "all 6 images are empty, every value of them is 0"]);
    refuses(&request(&set(&|_| disc(1, 9, 9))), &["all 6 images are equal"]);
    let masks = set(&|i| GrayImage::from_fn(6, 6, |x, _| Luma([u8::from(x == i)])).into());
    refuses(&request(&masks), &["from 0 to 1 of 255 only", "`rescale = true`"]);
    let rescaled = data::load(&Request { rescale: true, ..request(&masks) }).unwrap();
    assert_eq!(rescaled.image(2)[..6], [0, 0, 255, 0, 0, 0]);
    let report = check(&black);
    assert!(report.to_string().contains("would not load: nothing can be learned"), "{report}");
    let alike = set(&|i| GrayImage::from_fn(40, 40, |x, y| Luma([if (x, y) == (i, 0) { 0 } else { (6 * x) as u8 }])).into());
    notes(&telling(&request(&alike)), "nearly equal");
    // Other sources are looked at in the same way.
    refuses(&request(&folder(&[("train-images-idx3-ubyte", idx(&[2, 2, 2], &[7; 8]))])), &["all 2 images are empty"]);
}

// Damage

pub fn noise(i: u32) -> DynamicImage {
    RgbImage::from_fn(64, 64, |x, y| {
        let bits = ganvas::random::random_bits(i, x, y, 0);
        Rgb([bits as u8, (bits >> 8) as u8, (bits >> 16) as u8])
    })
    .into()
}

/// A JPEG with restart markers or without, of any sampling, comes from other programs; these are what they differ in.
#[test]
fn damaged_pictures_are_named() {
    let formats = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::Bmp, ImageFormat::WebP, ImageFormat::Tiff];
    for format in formats {
        let ending = format.extensions_str()[0];
        let whole = encoded(&noise(1), format);
        let mut holed = whole.clone();
        let middle = holed.len() / 2;
        holed[middle..middle + 300].fill(0);
        for (what, bytes) in
            [("cut", whole[..middle].to_vec()), ("tail", whole[..whole.len() - 200].to_vec()), ("hole", holed), ("none", vec![])]
        {
            // BMP, TIFF and GIF carry nothing by which a hole could be told.
            if what == "hole" && ["bmp", "tiff", "gif", "webp"].contains(&ending) {
                continue;
            }
            let name = format!("{what}.{ending}");
            let files = folder(&[("whole.png", png(&noise(2))), (&name, bytes)]);
            refuses(&request(&files), &["1 of the images", &format!("\n  {name}: ")]);
            let rest = telling(&Request { skip_unreadable: true, ..request(&files) });
            assert_eq!(rest.set.count, 1);
            notes(&rest, &format!("1 that cannot be read ({name})"));
        }
        let files = folder(&[("a.png", whole)]);
        assert_eq!(load(&files).count, 1, "{ending} under another name is read by its content");
    }
    // Sound ones of every quality and shape pass.
    for quality in [1, 30, 75, 100] {
        for (width, height) in [(1, 1), (8, 8), (17, 31), (200, 3)] {
            for image in [disc(quality, width, height), DynamicImage::ImageLuma8(disc(quality, width, height).into_luma8())] {
                let mut bytes = Vec::new();
                image.write_with_encoder(image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality as u8)).unwrap();
                assert_eq!(load(folder(&[("a.jpg", bytes)])).count, 1);
            }
        }
    }
}

// Bystanders

#[test]
fn bystanders_are_passed_over_and_counted() {
    let files = TempDir::new().unwrap();
    let root = files.path();
    for i in 0..3 {
        save(root, &format!("{i}.png"), &disc(i, 20, 20));
    }
    for name in [".Trashes/a.png", ".DS_Store", "lost+found/b.png", "~$doc.png", "x.png~", "half.jpg.part", "notes.txt", "__MACOSX/c.png"] {
        fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
        fs::write(root.join(name), "no picture").unwrap();
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink(root.join("nowhere.png"), root.join("dead.png")).unwrap();
    let report = check(root);
    assert_eq!((report.count, report.problem), (3, None));
    let count = |reason| report.left_out.count(reason);
    assert_eq!([count(Reason::Temporary), count(Reason::Other)], [3, 1]);
    assert_eq!(count(Reason::Hidden), 4);
    #[cfg(unix)]
    assert_eq!(count(Reason::DeadLink), 1);
    assert_eq!(load(root).count, 3);
}

#[test]
fn every_broken_file_is_named() {
    let files = TempDir::new().unwrap();
    for i in 0..40 {
        save(files.path(), &format!("{i:02}.png"), &disc(i, 20, 20));
        if i >= 10 {
            let whole = fs::read(files.path().join(format!("{i:02}.png"))).unwrap();
            fs::write(files.path().join(format!("{i:02}.png")), &whole[..60]).unwrap();
        }
    }
    let text = data::load(&request(&files)).unwrap_err().to_string();
    assert!(text.starts_with("30 of the images"), "{text}");
    for i in 10..40 {
        assert!(text.contains(&format!("\n  {i}.png: ")), "{i} is missing in {text}");
    }
    assert_eq!(telling(&Request { skip_unreadable: true, ..request(&files) }).set.count, 10);
}

// Endings and frames

#[test]
fn pictures_are_known_by_their_content() {
    let jpeg = |i| encoded(&disc(i, 24, 24), ImageFormat::Jpeg);
    let files = folder(&[
        ("a.jfif", jpeg(1)),
        ("b.jpe", jpeg(2)),
        ("c", encoded(&disc(3, 24, 24), ImageFormat::Png)),
        ("d.tif", encoded(&disc(4, 24, 24), ImageFormat::Tiff)),
        ("e.JPG.1", jpeg(5)),
        ("f.pgm", encoded(&DynamicImage::ImageLuma8(disc(6, 24, 24).into_luma8()), ImageFormat::Pnm)),
        ("g.png", jpeg(7)),
        ("phone.heic", b"\0\0\0\x18ftypheic\0\0\0\0".to_vec()),
        ("P5 notes", b"P5. Buy bread".to_vec()),
    ]);
    let found = telling(&request(&files));
    assert_eq!(found.set.count, 7);
    notes(&found, "1 HEIC, which ganvas does not read (phone.heic)");
    assert!(check(&files).to_string().contains("1 HEIC, which ganvas does not read (phone.heic), 1 other file (P5 notes)"));
}

#[test]
fn frames_of_animations_are_images_where_asked() {
    let files = TempDir::new().unwrap();
    let mut gif = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new(&mut gif);
    encoder.encode_frames((0..5).map(|i| image::Frame::new(disc(i, 20, 20).into_rgba8()))).unwrap();
    drop(encoder);
    fs::write(files.path().join("walk.gif"), gif).unwrap();
    save(files.path(), "one.png", &disc(7, 20, 20));
    let first = telling(&request(&files));
    assert_eq!(first.set.count, 2);
    notes(&first, "1 file is an animation, of which the first frame was taken; `frames = \"all\"`");
    let all = telling(&Request { frames: Frames::All, ..request(&files) });
    assert_eq!((all.set.count, all.notes.len()), (6, 0));
    assert_eq!(all.set.image(1), first.set.image(1));
    assert_ne!(all.set.image(1), all.set.image(2));
}

// Layouts

/// Images of 2 x 2 that count up, and labels.
fn small_idx(count: u32, first: u8) -> [Vec<u8>; 2] {
    let values = (0..4 * count).map(|i| first.wrapping_add(i as u8)).collect::<Vec<u8>>();
    [idx(&[count, 2, 2], &values), idx(&[count], &(0..count).map(|i| (i % 3) as u8).collect::<Vec<_>>())]
}

#[test]
fn mnist_is_found_in_every_layout() {
    let [images, labels] = small_idx(9, 1);
    let [test_images, test_labels] = small_idx(4, 100);
    let plain = [
        ("train-images-idx3-ubyte", images.clone()),
        ("train-labels-idx1-ubyte", labels.clone()),
        ("t10k-images-idx3-ubyte", test_images.clone()),
        ("t10k-labels-idx1-ubyte", test_labels.clone()),
    ];
    let expected = data::load(&Request { test_too: true, ..request(&folder(&plain)) }).unwrap();
    assert_eq!((expected.count, expected.classes.len()), (13, 3));
    let named = |name: &dyn Fn(&str) -> Vec<String>| {
        let files = TempDir::new().unwrap();
        for (file, bytes) in &plain {
            for name in name(file) {
                let path = files.path().join(&name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, if name.ends_with(".gz") { gz(bytes) } else { bytes.clone() }).unwrap();
            }
        }
        files
    };
    let layouts: [(&str, TempDir); 5] = [
        ("torchvision", named(&|file| vec![format!("MNIST/raw/{file}"), format!("MNIST/raw/{file}.gz")])),
        ("Kaggle's folders", named(&|file| vec![format!("{file}/{file}")])),
        ("Kaggle's files", named(&|file| vec![file.replace("-idx", ".idx")])),
        ("Kaggle's both", named(&|file| vec![format!("{file}/{file}"), file.replace("-idx", ".idx")])),
        ("a second download", named(&|file| vec![format!("{file} (1).gz")])),
    ];
    for (what, files) in &layouts {
        let found = data::load(&Request { test_too: true, ..request(files) }).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(
            (found.values, found.labels, found.classes),
            (expected.values.clone(), expected.labels.clone(), expected.classes.clone()),
            "{what}"
        );
    }
    // In archives.
    let files = TempDir::new().unwrap();
    let zip = files.path().join("archive.zip");
    archive(&zip, &plain);
    let tar = files.path().join("archive.tgz");
    let mut builder = tar::Builder::new(GzEncoder::new(fs::File::create(&tar).unwrap(), Compression::fast()));
    for (name, bytes) in &plain {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        builder.append_data(&mut header, format!("mnist/{name}"), &bytes[..]).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap();
    for path in [&zip, &tar] {
        let found = data::load(&Request { test_too: true, ..request(path) }).unwrap();
        assert_eq!((found.values, found.labels), (expected.values.clone(), expected.labels.clone()), "{}", path.display());
    }
    // Where several fit, the choice is listed and asked for.
    let two = folder(&[("MNIST/raw/train-images-idx3-ubyte", images), ("FashionMNIST/raw/train-images-idx3-ubyte", test_images)]);
    refuses(&request(&two), &["several idx image files", "FashionMNIST/raw/train-images", "MNIST/raw/train-images", "give the path"]);
    let page = folder(&[("train-images-idx3-ubyte.gz", b"<!DOCTYPE html><html>403</html>".to_vec())]);
    refuses(&request(&page), &["it is a web page", "download it again"]);
}

#[test]
fn idx_of_three_channels_and_on_its_side() {
    let values: Vec<u8> = (0..24).collect();
    let expected: [u8; 12] = [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11];
    let last = load(folder(&[("train-images-idx4-ubyte", idx(&[2, 2, 2, 3], &values))]));
    assert_eq!((last.channels, last.image(0)), (3, &expected[..]));
    let first = load(folder(&[("train-images-idx4-ubyte", idx(&[2, 3, 2, 2], &values))]));
    assert_eq!(first.image(0), &values[..12]);
    let side = folder(&[("renamed-idx3-ubyte", idx(&[2, 2, 3], &values[..12]))]);
    let turned = data::load(&Request { transpose: true, ..request(&side) }).unwrap();
    assert_eq!((turned.height, turned.width, turned.image(0)), (3, 2, &[0, 3, 1, 4, 2, 5][..]));
}

pub fn cifar(labels: &[&[u8]], first: u8) -> Vec<u8> {
    labels
        .iter()
        .zip(first..)
        .flat_map(|(label, value)| {
            label.iter().copied().chain((0..3072u32).map(move |i| value.wrapping_mul(31).wrapping_add((i / 7) as u8)))
        })
        .collect()
}

#[test]
fn cifar_is_read_as_it_comes() {
    let ten = [
        ("cifar-10-batches-bin/data_batch_2.bin", cifar(&[&[2]], 9)),
        ("cifar-10-batches-bin/data_batch_1.bin", cifar(&[&[1], &[0]], 3)),
        ("cifar-10-batches-bin/test_batch.bin", cifar(&[&[9]], 77)),
        ("cifar-10-batches-bin/batches.meta.txt", b"airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n".to_vec()),
    ];
    let files = folder(&ten);
    let set = load(&files);
    assert_eq!((set.count, set.channels, set.height, set.width), (3, 3, 32, 32));
    assert_eq!((set.labels.as_deref(), set.classes[1].as_str()), (Some(&[1, 0, 2][..]), "automobile"));
    assert_eq!(set.image(0), &ten[1].1[1..3073]);
    assert_eq!(data::load(&Request { test_too: true, ..request(&files) }).unwrap().labels.unwrap(), [1, 0, 2, 9]);
    let hundred = folder(&[("train.bin", cifar(&[&[4, 72], &[1, 0]], 3))]);
    let set = load(&hundred);
    assert_eq!((set.labels.unwrap(), set.classes.len()), (vec![72, 0], 100));
    let cut = folder(&[("data_batch_1.bin", ten[1].1[..5000].to_vec())]);
    refuses(&request(&cut), &["data_batch_1.bin", "5000 bytes are not whole records of 3073", "1 of which"]);
    let bad = folder(&[("data_batch_1.bin", cifar(&[&[11]], 3))]);
    refuses(&request(&bad), &["label 11", "10 classes"]);
}

/// A .npy file.
pub fn npy(descr: &str, shape: &[usize], bytes: &[u8]) -> Vec<u8> {
    let extents: String = shape.iter().map(|extent| format!("{extent}, ")).collect();
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({extents}), }}");
    header += &" ".repeat(63 - (10 + header.len()) % 64);
    header.push('\n');
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), bytes].concat()
}

#[test]
fn arrays_are_read_with_their_labels() {
    let values: Vec<u8> = (0..96).map(|i| i * 2).collect();
    let files = TempDir::new().unwrap();
    let at = |name: &str| files.path().join(name);
    // Keras' mnist.npz.
    let members = [
        ("x_train.npy", npy("|u1", &[6, 4, 4], &values)),
        ("y_train.npy", npy("<i8", &[6], &[5u64, 7, 5, 9, 9, 7].map(u64::to_le_bytes).concat())),
        ("x_test.npy", npy("|u1", &[1, 4, 4], &values[..16])),
        ("y_test.npy", npy("<i8", &[1], &5u64.to_le_bytes())),
    ];
    archive(&at("mnist.npz"), &members);
    for path in [files.path().to_owned(), at("mnist.npz")] {
        let set = load(path);
        assert_eq!((set.count, set.height, set.bytes()), (6, 4, &values[..]));
        assert_eq!((set.labels, set.classes), (Some(vec![0, 1, 0, 2, 2, 1]), vec!["5".into(), "7".into(), "9".into()]));
    }
    let joined = data::load(&Request { test_too: true, ..request(at("mnist.npz")) }).unwrap();
    assert_eq!((joined.count, joined.labels.unwrap()[6]), (7, 0));
    // KMNIST: a file for images, one for labels.
    let kmnist = TempDir::new().unwrap();
    archive(&kmnist.path().join("kmnist-train-imgs.npz"), &[("arr_0.npy", npy("|u1", &[6, 4, 4], &values))]);
    archive(&kmnist.path().join("kmnist-train-labels.npz"), &[("arr_0.npy", npy("|u1", &[6], &[1, 0, 1, 0, 0, 1]))]);
    assert_eq!(load(&kmnist).labels.unwrap(), [1, 0, 1, 0, 0, 1]);

    // Types and ranges, which are said.
    let alone = |name: &str, bytes: Vec<u8>| {
        let files = folder(&[(name, bytes)]);
        let loaded = telling(&request(&files));
        (loaded.set.bytes().to_vec(), loaded.notes)
    };
    let floats = |of: &dyn Fn(f32) -> f32| -> Vec<u8> { (0..32).flat_map(|i| of(i as f32 / 31.0).to_le_bytes()).collect() };
    let expected: Vec<u8> = (0..32).map(|i| (i as f32 / 31.0 * 255.0).round() as u8).collect();
    let (unit, said) = alone("a.npy", npy("<f4", &[2, 4, 4], &floats(&|v| v)));
    assert_eq!((unit, said), (expected.clone(), vec!["values from 0 to 1 were taken as black to white".to_owned()]));
    assert_eq!(alone("a.npy", npy("<f4", &[2, 4, 4], &floats(&|v| 2.0 * v - 1.0))).0, expected);
    let doubles: Vec<u8> = (0..32).flat_map(|i| (f64::from(i) / 31.0 * 255.0).to_be_bytes()).collect();
    assert_eq!(alone("a.npy", npy(">f8", &[2, 16], &doubles)).0, expected);
    let refused = |bytes: Vec<u8>, parts: &[&str]| refuses(&request(&folder(&[("a.npy", bytes)])), parts);
    refused(npy("<f4", &[2, 4, 4], &floats(&|v| 500.0 * v)), &["from 0 to 500", "`rescale = true`"]);
    refused(npy("<f4", &[2, 4, 4], &floats(&|_| f32::NAN)), &["no finite numbers"]);
    refused(npy("|O", &[2, 4, 4], &[0; 64]), &["'|O'", "not read"]);
    refused(npy("|u1", &[7], &[0; 7]), &["no array of images", "[7]"]);
    refused(npy("|u1", &[9, 4, 4], &[0; 7]), &["7 of 144 bytes"]);
    refused(npy("|u1", &[usize::MAX, 4, 4], &[0; 7]), &["no .npy file, or damaged"]);
    let nchw = load(folder(&[("a.npy", npy("|u1", &[2, 3, 4, 4], &values))]));
    assert_eq!((nchw.channels, nchw.image(1)), (3, &values[48..]));
    let nhwc = load(folder(&[("a.npy", npy("|u1", &[2, 4, 4, 3], &values))]));
    assert_eq!(nhwc.image(0)[..3], [0, 6, 12]);
    let two = folder(&[("a.npy", npy("|u1", &[2, 4, 4], &values[..32])), ("b.npy", npy("|u1", &[2, 4, 4], &values[32..64]))]);
    refuses(&request(&two), &["several arrays of images", "a.npy [2, 4, 4]", "b.npy [2, 4, 4]"]);
    assert_eq!(load(two.path().join("b.npy")).bytes(), &values[32..64]);
}

// Classes and splits

fn tree(names: &[&str]) -> TempDir {
    let files = TempDir::new().unwrap();
    for (i, name) in names.iter().enumerate() {
        save(files.path(), name, &disc(i as u32, 20, 20));
    }
    files
}

fn classes(set: &DataSet) -> Vec<&str> {
    set.labels.iter().flatten().map(|label| if *label == UNLABELLED { "-" } else { &set.classes[*label as usize] }).collect()
}

#[test]
fn classes_splits_and_masks_are_told_apart() {
    let stray = telling(&request(&tree(&["cats/1.png", "cats/2.png", "cover.png", "dogs/1.png"])));
    assert_eq!(classes(&stray.set), ["cats", "cats", "-", "dogs"]);
    notes(&stray, "1 picture lies beside the folders of the classes, without a class, such as cover.png");

    let split = tree(&["train/cats/1.png", "train/dogs/1.png", "train/dogs/2.png", "test/cats/9.png", "val/dogs/9.png"]);
    let train = telling(&request(&split));
    assert_eq!(classes(&train.set), ["cats", "dogs", "dogs"]);
    notes(&train, "the folders test, train, val are splits: 3 to train on, 2 to test on");
    notes(&train, "left out: 2 of another split");
    let all = data::load(&Request { test_too: true, ..request(&split) }).unwrap();
    assert_eq!(classes(&all), ["cats", "dogs", "dogs", "cats", "dogs"]);

    let domains = telling(&request(&tree(&["trainA/1.png", "trainB/2.png", "testA/3.png", "testB/4.png"])));
    assert_eq!(classes(&domains.set), ["A", "B"]);

    let masks = tree(&["images/1.png", "images/2.png", "masks/1.png", "masks/2.png"]);
    let images = telling(&request(&masks));
    assert_eq!((images.set.count, images.set.classes.len()), (2, 0));
    notes(&images, "left out: 2 masks (masks/1.png, ...)");
    assert_eq!(load(masks.path().join("masks")).count, 2, "asked for by name they are images like any");

    // Folders beside a heap of pictures are no classes; folders called train alone neither.
    let heap = telling(&request(&tree(&["1.png", "2.png", "3.png", "old/4.png", "new/5.png"])));
    assert_eq!((heap.set.count, heap.set.classes.len()), (5, 0));
    notes(&heap, "no classes: 3 pictures lie beside the folders and 2 in them");
    assert_eq!(load(tree(&["train/1.png", "train/2.png"])).classes.len(), 0);
}

// Shapes and sizes

#[test]
fn a_strip_is_cut_before_it_is_scaled() {
    let files = TempDir::new().unwrap();
    save(files.path(), "a.png", &disc(1, 48, 48));
    // Scaled first, this would take 8000 x 1024 x 1024 x 4 bytes.
    save(files.path(), "spacer.png", &RgbImage::from_fn(8000, 1, |x, _| Rgb([(x / 32) as u8; 3])).into());
    let set = data::load(&Request { size: Some(1024), channels: Some(3), ..request(&files) }).unwrap();
    assert_eq!((set.count, set.image(1)[0]), (2, 124));
    let mut huge = encoded(&grey(2, 2, 0), ImageFormat::Bmp);
    huge[18..22].copy_from_slice(&40_000_i32.to_le_bytes());
    let files = folder(&[("a.png", png(&disc(1, 9, 9))), ("huge.bmp", huge)]);
    refuses(&request(&files), &["huge.bmp: it is larger", "32768 pixels on a side"]);
}

#[test]
fn large_pictures_get_a_size_aloud() {
    let files = TempDir::new().unwrap();
    for i in 0..3 {
        save(files.path(), &format!("{i}.jpg"), &disc(20 + i, 300, 200));
    }
    let asked = |size, fit| telling(&Request { size, fit, ..request(&files) });
    let found = asked(None, true);
    assert_eq!((found.set.height, found.set.width, found.size), (64, 64, Some(64)));
    notes(&found, "0.jpg is 300 x 200");
    notes(&found, "brought to 64 x 64; `size = N` takes another size");
    assert_eq!(asked(Some(64), false).set, found.set);
    assert_eq!((asked(None, false).set.width, asked(None, false).size), (300, None));
    assert_eq!((asked(Some(100), true).set.width, asked(Some(100), true).size), (100, None));
}

#[test]
fn names_that_clash_are_said() {
    let loaded = telling(&Request { source: "builtin".into(), count: 5, ..Request::default() });
    assert!(loaded.notes.is_empty(), "{:?}", loaded.notes);
    assert!(Path::new("src").exists(), "tests run in the package's folder");
}

/// What an archive's error says fits its cause.
#[test]
fn archives_say_what_helps() {
    let files = TempDir::new().unwrap();
    let path = files.path().join("a.zip");
    archive(&path, &[("a.png", png(&disc(1, 9, 9)))]);
    let whole = fs::read(&path).unwrap();
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = whole.clone();
        change(&mut bytes);
        fs::write(&path, bytes).unwrap();
    };
    // The method stands in the local header and in the table of contents.
    let entry = whole.windows(4).position(|part| part == b"PK\x01\x02").unwrap();
    with(&|bytes| (bytes[8], bytes[entry + 10]) = (93, 93));
    refuses(&request(&path), &["a.png: it is packed by Zstandard (method 93)", "unpack the archive"]);
    with(&|bytes| (bytes[6], bytes[entry + 8]) = (bytes[6] | 1, bytes[entry + 8] | 1));
    refuses(&request(&path), &["a.png: it is encrypted", "password"]);
    with(&|bytes| bytes.truncate(whole.len() / 2));
    refuses(&request(&path), &["no usable zip archive", "download or pack it anew"]);
    let mut out = fs::File::create(files.path().join("cut.tar.gz")).unwrap();
    let mut head = tar::Header::new_ustar();
    head.set_size(1 << 30);
    head.set_path("a.png").unwrap();
    head.set_cksum();
    out.write_all(&gz(head.as_bytes())).unwrap();
    assert!(data::load(&request(files.path().join("cut.tar.gz"))).is_err());
}
