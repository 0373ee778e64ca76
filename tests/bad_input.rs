//! What goes wrong, is said once, with its cause and the way out, and leaves nothing half done.

use crate::{
    program::{Desk, FIRST, Shown, same_metrics, says, shown, wait_until},
    support,
};
use std::fs;

/// Checks that `args` fail with one error that has each of `parts`, and that no file or folder comes or goes.
#[track_caller]
fn refuses(desk: &Desk, args: &[&str], code: i32, parts: &[&str]) {
    let before = desk.files();
    let end = desk.run(args);
    one_error(&end, code, parts);
    assert_eq!(desk.files(), before, "ganvas {args:?}");
}

#[track_caller]
fn one_error(end: &Shown, code: i32, parts: &[&str]) {
    assert_eq!(end.code, Some(code), "{end:?}");
    assert_eq!(end.err.lines().filter(|line| line.starts_with("error: ")).count(), 1, "{end:?}");
    let panicked = end.err.contains("panicked") || end.err.contains("RUST_BACKTRACE");
    assert!(!panicked, "{end:?}");
    says(&end.err[end.err.find("error: ").unwrap()..], parts);
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::GrayImage::from_fn(width, height, |x, y| image::Luma([(x * 31 + y * 7) as u8]))
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

#[test]
fn settings_that_make_no_sense() {
    let desk = Desk::new();
    desk.write("file", "no picture");
    desk.write("colour.toml", "lerning_rate = 3\n");
    desk.write("rate.toml", "lr_d = nan\n");
    desk.write("zero.toml", "batch = 0\n");
    desk.write("text.toml", "batch = \"many\"\n");
    desk.write("list.toml", "generator = [1, 2]\n");
    desk.write("both.toml", "steps = 3\nepochs = 3\n");
    desk.write("broken.toml", "batch = = 3\n");
    let cases: &[(&[&str], i32, &[&str])] = &[
        // Keys
        (&["--config", "colour.toml"], 1, &["unknown key 'lerning_rate' in colour.toml", "did you mean", "--print-config"]),
        (&["--set", "bach=4"], 1, &["unknown key 'bach'", "did you mean 'batch'"]),
        (&["--set", "lr-g=4"], 1, &["unknown key 'lr-g'", "did you mean 'lr_g'"]),
        (&["--set", "batch"], 1, &["--set batch", "write --set key=value"]),
        (&["--config", "broken.toml"], 1, &["broken.toml is not valid TOML"]),
        (&["--config", "none.toml"], 1, &["cannot read the config file none.toml"]),
        (&["--config", "."], 1, &["cannot read the config file ."]),
        (&["--bach", "4"], 2, &["--bach", "'--batch'"]),
        (&["--batch", "4", "--batch", "5"], 2, &["--batch", "multiple times"]),
        // Values
        (&["--lr", "0"], 1, &["lr_g = 0:", "positive number, such as 0.001"]),
        (&["--lr-d", "-1"], 1, &["lr_d = -1:", "positive number"]),
        (&["--lr", "nan"], 1, &["lr_g = NaN:", "positive number"]),
        (&["--lr-g", "inf"], 1, &["lr_g = inf:", "positive number"]),
        (&["--set", "lr=nan"], 1, &["lr_g = NaN:", "positive number"]),
        (&["--set", "lr_d=-0.1"], 1, &["lr_d = -0.1:", "positive number"]),
        (&["--config", "rate.toml"], 1, &["lr_d = NaN:", "positive number"]),
        (&["--config", "zero.toml"], 1, &["batch = 0:", "from 1"]),
        (&["--config", "text.toml"], 1, &["text.toml", "batch = \"many\" must be a whole number"]),
        (&["--config", "list.toml"], 1, &["list.toml", "generator", "a list of layers, such as"]),
        (&["--config", "both.toml"], 1, &["both.toml", "steps and epochs", "choose one"]),
        (&["--set", "steps=-1"], 1, &["--set steps=-1", "steps = -1 must be a whole number"]),
        (&["--set", "steps=4.5"], 1, &["steps = 4.5 must be a whole number"]),
        (&["--set", "lr=fast"], 1, &["lr_", "= \"fast\" must be a number"]),
        (&["--set", "data=5"], 1, &["data = 5 must be text"]),
        (&["--set", "epochs=x"], 1, &["epochs = \"x\" must be a whole number"]),
        (&["--steps", "-1"], 2, &["'-1'", "--steps"]),
        (&["--lr", "abc"], 2, &["'abc'", "--lr"]),
        (&["--steps", "5", "--epochs", "3"], 2, &["--steps", "--epochs"]),
        (&["--steps", "0"], 1, &["steps = 0:"]),
        (&["--epochs", "0"], 1, &["epochs = 0:"]),
        (&["--k", "0"], 1, &["k = 0:"]),
        (&["--steps", "4294967295", "--k", "2"], 1, &["steps = 4294967295:"]),
        (&["--beta1", "1"], 1, &["beta1 = 1:"]),
        (&["--ema", "nan"], 1, &["ema = NaN:"]),
        (&["--r1", "-1"], 1, &["r1 = -1:", "0 (no penalty)"]),
        (&["--size", "0"], 1, &["size = 0:"]),
        (&["--channels", "2"], 1, &["channels = 2:", "3 (colour)"]),
        (&["--metrics-every", "300"], 1, &["metrics_every = 300:", "256"]),
        (&["--keep-checkpoints", "0"], 1, &["keep_checkpoints = 0:"]),
        (&["--k", "2", "--preset", "goodfellow-2014"], 1, &["k = 2:", "once per step; use k = 1", "alternating"]),
        (&["--loss-d-scale", "0"], 1, &["loss_d_scale = 0:", "positive number"]),
        (&["--lr-decay", "0.999"], 1, &["lr_decay = 0.999:", "from 1 (constant rates) to 2"]),
        (&["--lr-decay", "nan"], 1, &["lr_decay = NaN:"]),
        (&["--lr-floor", "-1"], 1, &["lr_floor = -1:", "must be 0 or"]),
        (&["--momentum-ramp", "0.7 by epoch 250"], 1, &["momentum_ramp = 0.7 by epoch 250:", "adam has no momentum", "\"none\""]),
        (&["--optimizer", "sgd", "--momentum-ramp", "0.7 by epoch 1"], 1, &["momentum_ramp = '0.7 by epoch 1'", "FINAL by epoch EPOCH"]),
        (&["--optimizer", "sgd", "--momentum-ramp", "1 by epoch 9"], 1, &["momentum_ramp = '1 by epoch 9'", "not including, 1"]),
        (&["--init-g", "uniform"], 1, &["init_g = 'uniform'", "pytorch, uniform BOUND"]),
        (&["--init-d", "normal -1"], 1, &["init_d = 'normal -1'", "normal STD"]),
        (&["--output-bias", "x"], 1, &["output_bias = 'x'", "init, data_mean"]),
        (&["--augment", "color,x"], 1, &["augment = 'color,x'", "none, flip, color, translation, cutout"]),
        (&["--augment", ""], 1, &["augment = ''"]),
        (&["--ada", "--augment", "none"], 1, &["ada = true:", "name some of it"]),
        (&["--ada", "--loss", "wasserstein"], 1, &["ada = true:", "wasserstein has no boundary", "ada = false"]),
        (&["--ada", "--ada-target", "1"], 1, &["ada_target = 1:", "between 0 and 1"]),
        (&["--data", "ring-8", "--augment", "color"], 1, &["--augment needs pictures", "ring-8 is made of points"]),
        (&["--data", "ring-8", "--flip"], 1, &["--flip needs pictures", "ring-8 is made of points"]),
        (&["--size", "3", "--augment", "translation"], 1, &["--augment translation needs pictures of at least 4 x 4", "3 wide and 3 high"]),
        (&["--schedule", "x"], 1, &["schedule = 'x'", "alternating, simultaneous"]),
        (
            &["--output-bias", "data_mean", "--generator", "linear image"],
            1,
            &["generator layer 1, 'linear image'", "data_mean", "linear image, sigmoid"],
        ),
        // Names
        (&["--preset", "x"], 1, &["unknown preset 'x'", "mlp, textbook, conv"]),
        (&["--loss", "x"], 1, &["loss = 'x'", "non_saturating, minimax"]),
        (&["--optimizer", "x"], 1, &["optimizer = 'x'", "adam, sgd"]),
        (&["--storage", "x"], 1, &["storage = 'x'", "f32, f16"]),
        (&["--latent-distribution", "x"], 1, &["latent_distribution = 'x'", "normal, uniform"]),
        (&["--device", "GeForce 9"], 1, &["--device GeForce 9", "There are: ", "CPU", "auto, gpu or cpu"]),
        (&["--progress", "x"], 2, &["'x'", "json"]),
        // Networks
        (
            &["--generator", "linear 32, tanh"],
            1,
            &["generator layer 1, 'linear 32'", "needs 784", "make the last linear layer 'linear 784'"],
        ),
        (&["--discriminator", "linear 3, linear 2"], 1, &["discriminator layer 2, 'linear 2'", "needs 1", "'linear 1'"]),
        (
            &["--generator", "linear 8, pool 3, linear image"],
            1,
            &["generator layer 2, 'pool 3'", "no layer is called 'pool'", "linear UNITS"],
        ),
        (&["--discriminator", "conv 3, linear 1"], 1, &["discriminator layer 1, 'conv 3'", "a size of the kernel", "write: conv CHANNELS"]),
        (&["--discriminator", "conv 8 0, linear 1"], 1, &["'conv 8 0'", "'0' is not a size of a kernel from 1 to 127"]),
        (&["--discriminator", "conv 8 3 stride, linear 1"], 1, &["a number must follow 'stride'"]),
        (&["--discriminator", "conv 8 3 strides 2, linear 1"], 1, &["'strides' is not known"]),
        (&["--discriminator", "conv 8 3 groups 3, linear 1"], 1, &["1 channels to 8 cannot be cut into 3 groups"]),
        (
            &["--discriminator", "conv 8 4 stride 8, conv 8 4, conv 8 4, linear 1"],
            1,
            &["discriminator layer 3, 'conv 8 4'", "input is 1 wide and 1 high, kernel 4 with padding 0 does not fit"],
        ),
        (&["--generator", "linear 8, reshape 8 2 2, tanh"], 1, &["'reshape 8 2 2'", "input has 8 values", "are 32"]),
        (&["--generator", "linear 8 image/3, tanh"], 1, &["28 wide and 28 high, which 3 does not divide"]),
        (
            &["--generator", "linear 8 image/4, reshape 8 image/4, conv_transpose image 4 stride 2 pad 1"],
            1,
            &["generator layer 3", "gives 1 of 14 x 14 per image", "needs 1 of 28 x 28"],
        ),
        (&["--discriminator", "maxout 5, linear 1"], 1, &["discriminator layer 1, 'maxout 5'", "write: maxout UNITS x PIECES"]),
        (&["--discriminator", "maxout 0 x 5, linear 1"], 1, &["'maxout 0 x 5'", "0 units are too few"]),
        (&["--discriminator", "maxout 5x0, linear 1"], 1, &["'maxout 5x0'", "0 pieces are too few"]),
        (&["--discriminator", "maxout 5 x many, linear 1"], 1, &["'many' is not a number of pieces"]),
        (&["--discriminator", "maxout 99999999 x 99999999999, linear 1"], 1, &["more than 1,000,000 pieces"]),
        (&["--generator", "linear 8,, linear image"], 1, &["generator layer 2", "empty entry"]),
        (&["--discriminator", "linear many, linear 1"], 1, &["discriminator layer 1", "'many' is not a number"]),
        (&["--discriminator", "dropout 1, linear 1"], 1, &["discriminator layer 1, 'dropout 1'", "probability"]),
        (
            &["--generator", "linear 8, batch_norm 0, linear image"],
            1,
            &["generator layer 2", "'0' is not a positive number", "batch_norm EPSILON"],
        ),
        (&["--generator", "linear 8, batch_norm 1 1 1, linear image"], 1, &["generator layer 2", "at most two numbers"]),
        (&["--generator", "linear 8, batch_norm 1 2, linear image"], 1, &["generator layer 2", "'2' is not a share of the newest batch"]),
        (
            &["--generator", "linear 8, batch_norm, linear image", "--batch", "1"],
            1,
            &["generator layer 2, 'batch_norm'", "one image has no variance", "a batch of at least 2"],
        ),
        (
            &["--discriminator", "linear 8, batch_norm, relu, linear 1"],
            1,
            &["discriminator layer 2, 'batch_norm'", "mixes the images", "R1 penalty", "r1 = 0"],
        ),
        (&["--generator", "linear 1000000, linear 1000000, linear image"], 1, &["elements", "smaller layers"]),
        (&["--batch", "301"], 1, &["batch = 301", "builtin with 300 images", "at most 300"]),
        // Where runs go
        (&["--out", "file"], 1, &["cannot create a run in file", "--out"]),
        (&["--out", "file/runs"], 1, &["cannot create a run in file/runs", "--out"]),
    ];
    for (args, code, parts) in cases {
        refuses(&desk, &[&["--no-window", "--set", "device=cpu", "--set", "data_count=300"], *args].concat(), *code, parts);
    }
    refuses(&desk, &[], 1, &["ganvas --no-window"]);
}

#[test]
fn data_that_cannot_be_trained_on() {
    let desk = Desk::new();
    let images = |count: u8, values: usize| [&[0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 2, 0, 0, 0, 2][..], &vec![9; values]].concat();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut gz, &images(20, 80)).unwrap();
    let gz = gz.finish().unwrap();
    fs::create_dir(desk.path("empty")).unwrap();
    desk.write("notes/a.txt", "no picture");
    desk.write("cut/train-images-idx3-ubyte", images(20, 79));
    desk.write("cut-gz/train-images-idx3-ubyte.gz", &gz[..gz.len() / 2]);
    desk.write("bent-gz/train-images-idx3-ubyte.gz", [&gz[..12], &[255; 9], &gz[21..]].concat());
    desk.write("labels/train-images-idx3-ubyte", images(20, 80));
    desk.write("labels/train-labels-idx1-ubyte", [&[0, 0, 8, 1, 0, 0, 0, 3][..], &[1; 3]].concat());
    desk.write("swapped/train-images-idx3-ubyte", [&[0, 0, 8, 1, 0, 0, 0, 3][..], &[1; 3]].concat());
    let whole = png(8, 8);
    desk.write("bad-png/a.png", &whole);
    desk.write("bad-png/b.png", &whole[..whole.len() - 30]);
    desk.write("fake-png/a.png", "text");
    desk.write("mixed/a.png", &whole);
    desk.write("mixed/b.png", png(9, 8));
    desk.write("bad.zip", "PK\x03\x04 and nothing more");
    let cases: [(&str, &[&str]); 12] = [
        ("nowhere", &["no file or folder `nowhere`", "--data builtin"]),
        ("empty", &["`empty` holds no images", "PNG", "give a folder"]),
        ("notes", &["`notes` holds no images, only 1 other file (a.txt)"]),
        ("notes/a.txt", &["not data that ganvas can read", "give a folder or archive"]),
        ("cut", &["train-images-idx3-ubyte", "79 of 80 values", "download it again"]),
        ("cut-gz", &["train-images-idx3-ubyte.gz", "ends early", "download it again"]),
        ("bent-gz", &["train-images-idx3-ubyte.gz", "gzip", "download it again"]),
        ("labels", &["20 images", "3 labels", "get both files from the same place"]),
        ("swapped", &["holds labels; give the images file"]),
        ("bad-png", &["1 of the images in `bad-png`", "mend or remove", "--skip-unreadable", "\n  b.png: it is damaged"]),
        ("mixed", &["`a.png` is 8 x 8", "`b.png` is 9 x 8", "--size N"]),
        ("bad.zip", &["`bad.zip` is no usable zip archive", "download or pack it anew"]),
    ];
    for (data, parts) in cases {
        refuses(&desk, &["--no-window", "--set", "device=cpu", "--data", data], 1, parts);
    }
    refuses(&desk, &["--no-window", "--set", "device=cpu", "--data", "fake-png"], 1, &["\n  a.png: it is no picture"]);
    refuses(&desk, &["data", "check", "nowhere"], 1, &["no file or folder `nowhere`"]);
    refuses(&desk, &["data", "check", "cut"], 1, &["79 of 80 values"]);
    refuses(&desk, &["data", "check", "mixed", "--out", "sheet.jpg"], 1, &["--out sheet.jpg", ".png"]);
    refuses(&desk, &["data", "check", "mixed", "--out", "notes/a.txt"], 1, &["--out notes/a.txt", ".png"]);
    refuses(&desk, &["data", "check", "mixed", "--out", "mixed/a.png"], 1, &["mixed/a.png exists", "--force"]);
    // What is wrong with the images is what a check is to tell: its report, not an error.
    for (data, parts) in [("mixed", ["verdict     would not load", "--size N"]), ("bad-png", ["unreadable  1", "b.png: "])] {
        let check = desk.run(&["data", "check", data]);
        assert_eq!((check.code, check.err.as_str()), (Some(1), ""));
        says(&check.out, &parts);
    }
}

#[test]
fn generating_what_cannot_be() {
    let desk = Desk::new();
    desk.train(&[]);
    desk.write("there.png", "mine");
    desk.write("mine/a.txt", "mine");
    desk.ganvas(&["sample", FIRST, "-n", "2", "--out", "images.npy"]);
    let shape_of_5 = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 5), }";
    let header = format!("{shape_of_5}{}\n", " ".repeat(117 - shape_of_5.len()));
    desk.write("five.npy", [b"\x93NUMPY\x01\x00\x76\x00", header.as_bytes(), &[0; 20]].concat());
    desk.write("cut.npy", "\u{fffd}NUMPY");
    let newest = desk.newest(FIRST);
    let cases: &[(&[&str], i32, &[&str])] = &[
        (&["sample"], 2, &["<RUN>"]),
        (&["sample", "nowhere"], 1, &["nowhere is no run directory", "there is no such folder", "runs/0001-builtin-mlp"]),
        (&["sample", "mine"], 1, &["mine is no run directory", "config.toml"]),
        (&["sample", "small.toml"], 1, &["small.toml is damaged or no Ganvas checkpoint", "give a run directory"]),
        (&["inspect", "there.png"], 1, &["there.png is damaged or no Ganvas checkpoint", "give a run directory"]),
        (&["inspect", "nowhere"], 1, &["nowhere is no run directory"]),
        (&["sample", FIRST, "--out", "there.png"], 1, &["there.png exists", "--force"]),
        (&["sample", FIRST, "--out", "mine"], 1, &["mine exists", "--force"]),
        (&["sample", FIRST, "--out", "sheet.jpg"], 1, &["cannot write .jpg", ".png, .npy, .safetensors or a folder"]),
        (&["sample", FIRST, "--out", "nowhere/sheet.png"], 1, &["cannot write `nowhere/sheet.png`", "there is no folder `nowhere`"]),
        (&["sample", FIRST, "--out", "there.png/folder"], 1, &["cannot create the folder there.png/folder"]),
        (&["sample", FIRST, "-n", "0"], 1, &["-n 1 or more"]),
        (&["sample", FIRST, "-n", "99999999999"], 1, &["99999999999 images", "ask for at most"]),
        (&["sample", FIRST, "-n", "-1"], 2, &["-1"]),
        (&["sample", FIRST, "--device", "x9"], 1, &["--device x9", "There are: "]),
        (&["sample", FIRST, "--latents", "nowhere.npy"], 1, &["cannot read the latents nowhere.npy"]),
        (&["sample", FIRST, "--latents", "images.npy"], 1, &["images.npy", "[2, 1, 28, 28]", "expected float32 [n, 64]"]),
        (&["sample", FIRST, "--latents", "five.npy"], 1, &["five.npy", "[1, 5]", "expected float32 [n, 64]"]),
        (&["sample", FIRST, "--latents", "cut.npy"], 1, &["cut.npy", "expected float32 [n, 64]"]),
        (&["sample", FIRST, "--latents", &newest], 1, &["no tensor is called 'latents'"]),
        (&["sample", FIRST, "--latents", "there.png"], 1, &["there.png", "not .npy or .safetensors"]),
        (&["interpolate", FIRST, "--points", "1"], 1, &["--points", "from 2"]),
        (&["interpolate", FIRST, "--out", "strip.gif"], 1, &["--out strip.gif", ".png"]),
        (&["interpolate", FIRST, "--animation", "walk.png"], 1, &["--animation walk.png", ".gif"]),
        (&["interpolate", FIRST, "--out", "there.png"], 1, &["there.png exists", "--force"]),
        (&["interpolate", FIRST, "--points", "1000", "--frames", "1000"], 1, &["1000000 images", "ask for at most"]),
    ];
    for (args, code, parts) in cases {
        refuses(&desk, args, *code, parts);
    }
    assert_eq!(desk.text("there.png"), "mine");
}

#[test]
fn runs_that_cannot_go_on() {
    let desk = Desk::new();
    desk.train(&[]);
    let config = format!("{FIRST}/config.toml");
    let newest = desk.newest(FIRST);
    let (config_text, bytes) = (desk.text(&config), desk.read(&newest));
    let further = ["resume", FIRST, "--steps", "70"];

    refuses(&desk, &["resume", FIRST], 1, &["has done its 60 steps already", &format!("ganvas resume {FIRST} --steps 120")]);
    refuses(&desk, &["resume", FIRST, "--steps", "60"], 1, &["has done its 60 steps already"]);
    refuses(&desk, &["resume", FIRST, "--steps", "0"], 1, &["steps = 0"]);
    refuses(&desk, &["resume", "nowhere"], 1, &["nowhere is no run directory"]);
    refuses(&desk, &["resume", &newest], 1, &["is a file; give the run directory"]);
    refuses(&desk, &["resume", FIRST, "--steps", "70", "--device", "x9"], 1, &["--device x9", "There are: "]);
    desk.write("other/a.png", png(28, 28));
    let mut pixel = image::load_from_memory(&png(28, 28)).unwrap().into_luma8();
    pixel.put_pixel(0, 0, image::Luma([255]));
    pixel.save(desk.path("other/b.png")).unwrap();
    refuses(&desk, &["resume", FIRST, "--steps", "70", "--data", "nowhere"], 1, &["no file or folder `nowhere`"]);
    refuses(&desk, &["resume", FIRST, "--steps", "70", "--data", "other"], 1, &["batch = 16 is larger than the data set other"]);
    for i in 0..16 {
        desk.write(&format!("other/{i}.png"), png(28, 28));
    }
    let other_data = ["was trained on builtin (300 images", "but the data now is other (18 images", "give the same data"];
    refuses(&desk, &["resume", FIRST, "--steps", "70", "--data", "other"], 1, &other_data);

    desk.write(&config, config_text.replace("linear 32", "linear 48").replace("lr_d = 0.001", "lr_d = 0.002"));
    let differs = ["is of another configuration", "\"linear 32\"", "\"linear 48\"", "lr_d: 0.001 in the checkpoint, 0.002 in config.toml"];
    refuses(&desk, &further, 1, &differs);
    desk.write(&config, config_text.replace("batch = 16", "batch = sixteen"));
    refuses(&desk, &further, 1, &["config.toml is not valid TOML"]);
    desk.write(&config, config_text.replace("batch = 16", "bach = 16"));
    refuses(&desk, &further, 1, &["unknown key 'bach'", "config.toml", "'batch'"]);
    desk.write(&config, &config_text);

    // A checkpoint of another network under this run's configuration.
    let mut checkpoint = ganvas::train::Checkpoint::read(&desk.path(&newest)).unwrap();
    let weight = checkpoint.tensors.remove("D.0.weight").unwrap();
    checkpoint.tensors.insert("D.7.weight".into(), weight);
    checkpoint.tensors.insert("G.0.bias".into(), (vec![3], vec![0.0; 3]));
    desk.write(&newest, checkpoint.to_bytes().unwrap());
    let lists = ["D.0.weight [32, 784] is missing", "G.0.bias is [3], the network needs [32]", "D.7.weight is in the checkpoint"];
    refuses(&desk, &further, 1, &lists);

    let format = br#"\"format\":3"#;
    let at = bytes.windows(format.len()).position(|part| part == format).expect("the format in the metadata") + format.len() - 1;
    let mut newer = bytes.clone();
    newer[at] = b'7';
    desk.write(&newest, newer);
    for args in [&further[..], &["sample", FIRST], &["inspect", FIRST]] {
        refuses(&desk, args, 1, &["has checkpoint format 7", "reads format 3", "use the version that wrote it"]);
    }
    for cut in [0, 5, 100, bytes.len() - 1] {
        desk.write(&newest, &bytes[..cut]);
        refuses(&desk, &further, 1, &["step-000060.safetensors is damaged", "move it out of this folder"]);
    }
    // As it says.
    fs::rename(desk.path(&newest), desk.path("damaged")).unwrap();
    desk.ganvas(&["resume", FIRST, "--steps", "60"]);
    assert!(desk.read(&newest) == bytes, "from the checkpoint before it to the same end");

    fs::remove_dir_all(desk.path(FIRST).join("checkpoints")).unwrap();
    refuses(&desk, &further, 1, &["no checkpoints folder"]);
    fs::create_dir(desk.path(FIRST).join("checkpoints")).unwrap();
    refuses(&desk, &further, 1, &["has no checkpoint yet", &format!("ganvas --no-window --config {config}")]);
    refuses(&desk, &["sample", FIRST], 1, &["has no checkpoint yet"]);
}

#[test]
fn one_run_trains_in_one_process() {
    let desk = Desk::new();
    let mut child = desk.start(&["--steps", "4000000", "--checkpoint-every", "100", "--sample-every", "4000000"]);
    wait_until(&mut child, || !desk.checkpoints(FIRST).is_empty());
    let second = desk.run(&["resume", FIRST]);
    assert!(child.try_wait().unwrap().is_none(), "the first process trains on");
    child.kill().unwrap();
    child.wait().unwrap();
    one_error(&second, 1, &["another ganvas is training in runs/0001-builtin-mlp", "stop it"]);
}

/// Runs the program where no file may grow past `blocks` of 512 bytes: to it, a disk that is full.
#[cfg(unix)]
fn on_a_full_disk(desk: &Desk, blocks: u32, args: &[&str]) -> Shown {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let program = [&["-c", &script, env!("CARGO_BIN_EXE_ganvas")], args].concat();
    shown(std::process::Command::new("sh").args(program).current_dir(desk.path("")).output().unwrap())
}

#[test]
#[cfg(unix)]
fn a_full_disk_keeps_what_was_saved() {
    let desk = Desk::new();
    let before = desk.files();
    let nothing = on_a_full_disk(&desk, 0, &["--no-window", "--config", "small.toml", "--out", "."]);
    one_error(&nothing, 1, &["cannot write `./0001-builtin-mlp/config.toml`", "make room on the disk"]);
    assert_eq!(desk.files(), before, "a run that cannot begin leaves nothing");

    desk.train(&["--steps", "20"]);
    let before = desk.files();
    let full = on_a_full_disk(&desk, 300, &["resume", FIRST, "--steps", "60"]);
    let parts = [
        "cannot write `runs/0001-builtin-mlp/checkpoints/step-000040.safetensors`",
        "make room on the disk",
        "kept: ",
        "step-000020.safetensors",
    ];
    one_error(&full, 1, &parts);
    says(&full.err, &[&format!("go on with: ganvas resume {FIRST}")]);
    let new: Vec<String> = desk.files().difference(&before).cloned().collect();
    assert_eq!(new, [format!("{FIRST}/samples/step-000040.png")], "no half-written checkpoint");
    desk.ganvas(&["resume", FIRST]);
    let whole = Desk::new();
    whole.train(&[]);
    assert!(whole.read(&whole.newest(FIRST)) == desk.read(&desk.newest(FIRST)));
    same_metrics(&whole.timeless_metrics(FIRST), &desk.timeless_metrics(FIRST));
}

#[test]
#[cfg(unix)]
fn a_folder_that_may_not_be_written() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::new();
    let folder = desk.path("locked");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(folder.join("probe"), "").is_ok() {
        return support::skipped("a folder that may not be written", "this user may write everywhere");
    }
    refuses(&desk, &["--no-window", "--config", "small.toml", "--out", "locked"], 1, &["cannot create a run in locked", "--out"]);
    desk.train(&[]);
    refuses(
        &desk,
        &["sample", FIRST, "--out", "locked/sheet.png"],
        1,
        &["cannot write `locked/sheet.png`", "check that you may write there"],
    );
}
