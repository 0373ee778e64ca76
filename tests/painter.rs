//! Draws the window into a picture, with the renderer that the window itself uses. (egui_kittest has one too; but it asks for a wgpu with
//! OpenGL, which the program does not have: all that uses wgpu would be compiled a second time for the tests, and the tests would run another
//! program than is shipped.)

use eframe::egui_wgpu::{Renderer, RendererOptions, ScreenDescriptor};
use egui::{Context, FullOutput, TexturesDelta};
use egui_kittest::TestRenderer;
use image::RgbaImage;

/// Bytes of a pixel.
const PIXEL: u32 = 4;

/// A device with egui's textures on it.
pub struct Painter {
    device: wgpu::Device,
    queue: wgpu::Queue,
    renderer: Renderer,
}

impl Painter {
    pub fn new(adapter: &wgpu::Adapter) -> Painter {
        let required_limits = wgpu::Limits::default().or_worse_values_from(&adapter.limits());
        let request = wgpu::DeviceDescriptor { required_limits, ..Default::default() };
        let (device, queue) = pollster::block_on(adapter.request_device(&request)).expect("a device");
        let renderer = Renderer::new(&device, wgpu::TextureFormat::Rgba8Unorm, RendererOptions::PREDICTABLE);
        Painter { device, queue, renderer }
    }
}

impl TestRenderer for Painter {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        for (id, images) in delta.set.drain() {
            for image in images {
                self.renderer.update_texture(&self.device, &self.queue, id, &image);
            }
        }
        for id in delta.free.drain() {
            self.renderer.free_texture(&id);
        }
    }

    fn render(&mut self, ctx: &Context, output: &FullOutput) -> Result<RgbaImage, String> {
        let pixels_per_point = ctx.pixels_per_point();
        let size = ctx.content_rect().size() * pixels_per_point;
        let [width, height] = [size.x, size.y].map(|side| side.round() as u32);
        let screen = ScreenDescriptor { size_in_pixels: [width, height], pixels_per_point };
        let shapes = ctx.tessellate(output.shapes.clone(), pixels_per_point);
        let extent = wgpu::Extent3d { width, height, depth_or_array_layers: 1 };
        let picture = self.device.create_texture(&wgpu::TextureDescriptor {
            label: None,
            size: extent,
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::Rgba8Unorm,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        // Rows of a copy are padded.
        let row = (width * PIXEL).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let bytes = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: u64::from(row * height),
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });

        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut work = self.renderer.update_buffers(&self.device, &self.queue, &mut encoder, &shapes, &screen);
        let view = picture.create_view(&wgpu::TextureViewDescriptor::default());
        let attachment = wgpu::RenderPassColorAttachment {
            view: &view,
            depth_slice: None,
            resolve_target: None,
            ops: wgpu::Operations { load: wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT), store: wgpu::StoreOp::Store },
        };
        let pass = wgpu::RenderPassDescriptor { color_attachments: &[Some(attachment)], ..Default::default() };
        self.renderer.render(&mut encoder.begin_render_pass(&pass).forget_lifetime(), &shapes, &screen);
        let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(row), rows_per_image: None };
        encoder.copy_texture_to_buffer(picture.as_image_copy(), wgpu::TexelCopyBufferInfo { buffer: &bytes, layout }, extent);
        work.push(encoder.finish());
        self.queue.submit(work);

        bytes.slice(..).map_async(wgpu::MapMode::Read, |mapped| mapped.expect("a picture"));
        self.device.poll(wgpu::PollType::wait_indefinitely()).map_err(|error| error.to_string())?;
        let mapped = bytes.get_mapped_range(..).map_err(|error| error.to_string())?;
        let pixels = mapped.chunks_exact(row as usize).flat_map(|row| &row[..(width * PIXEL) as usize]).copied().collect();
        RgbaImage::from_raw(width, height, pixels).ok_or_else(|| "too few pixels".into())
    }
}
