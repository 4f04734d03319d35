import Builtin
import Recipe
import Testing
import Text
import Training

@Suite struct PictureTests {
  /// Whether a pixel is clearly darker than paper.
  private func isDark(_ image: RasterImage, x: Int, y: Int) -> Bool { image.pixels[3 * (y * image.width + x)] < 150 }

  @Test func everySignStaysInItsCell() {
    var generator = SplitMix64(seed: 1, stream: 0)
    for character in BitmapFont.characters {
      for _ in 0..<8 {
        let image = TextPicture(lines: ["", " \(character)"]).draw(&generator)
        var inked = 0
        for y in 0..<image.height {
          for x in 0..<image.width where isDark(image, x: x, y: y) {
            inked += 1
            #expect(x / Picture.cell == 1 && y / Picture.cell == 1, "\(character)")
          }
        }
        #expect(inked >= 4, "\(character)")
      }
    }
  }

  @Test func signsDifferFromEachOther() {
    let dots = BitmapFont.characters.map { character in
      (0..<BitmapFont.height).flatMap { y in
        (0..<BitmapFont.width).map { BitmapFont.isInked(character, x: $0, y: y) }
      }
    }
    #expect(Set(dots).count == dots.count)
    #expect(BitmapFont.characters.count == 40)
  }

  @Test func shapesFillTheMiddleOfTheirSquareAndDiffer() {
    var seen: Set<[Bool]> = []
    for shape in Shape.allCases {
      let dots = (0..<Shape.side).flatMap { y in (0..<Shape.side).map { shape.contains(x: $0, y: y) } }
      seen.insert(dots)
      let filled = dots.filter { $0 }.count
      #expect(filled > 50 && filled < 200, "\(shape)")
      // Mirror images of themselves from left to right.
      for y in 0..<Shape.side {
        for x in 0..<Shape.side {
          #expect(shape.contains(x: x, y: y) == shape.contains(x: Shape.side - 1 - x, y: y))
        }
      }
    }
    #expect(seen.count == Shape.allCases.count)
  }

  @Test func aSceneShowsItsObjectsWhereItSaysTheyAre() {
    var generator = SplitMix64(seed: 2, stream: 0)
    for _ in 0..<20 {
      let scene = Scene(objects: 5, &generator)
      #expect(Set(scene.objects.map(\.place)).count == 5 && Set(scene.objects.map(\.name)).count == 5)
      let image = scene.draw(&generator)
      for object in scene.objects {
        // A pixel that every shape inks: a little below the middle, except for the ring's hole.
        let (left, top) = (object.place % 3 * 32 + 8, object.place / 3 * 32 + 8)
        let (x, y) = object.shape == .ring ? (left + 8, top + 2) : (left + 8, top + 9)
        let place = 3 * (y * image.width + x)
        let color = object.paint.color
        for (channel, expected) in [color.red, color.green, color.blue].enumerated() {
          #expect(abs(Int(image.pixels[place + channel]) - expected) <= 32, "\(object.name)")
        }
      }
    }
  }

  @Test func picturesAreTheSameForTheSameSeed() {
    func draw(_ seed: UInt64) -> [RasterImage] {
      var generator = SplitMix64(seed: seed, stream: 0)
      let passages = [
        SheetPassages().passage(level: 1, &generator), ScenePassages().passage(level: 1, &generator),
      ]
      return passages.flatMap(\.images)
    }
    #expect(draw(3) == draw(3))
    #expect(draw(3) != draw(4))
  }

  @Test func sheetsFitOnThePaper() {
    var generator = SplitMix64(seed: 5, stream: 0)
    for _ in 0..<300 {
      let lines = SheetPassages.lines(9, &generator)
      for line in lines {
        #expect(SheetPassages.row(line.label, line.value).count <= Picture.cells, "\(line)")
        #expect((line.label + line.value).allSatisfy { BitmapFont.characters.contains($0) }, "\(line)")
      }
    }
  }

  @Test func invoicesFitOnThePaperAndAddUp() {
    for split in Split.allCases {
      for example in InvoiceOCRTask().examples(split: split, count: 100, seed: 1) {
        #expect(example.images.count == 1)
        let record = try? JSONParser.parse(Array(example.completion.utf8)).object
        #expect(record?["invoice"] != nil && record?["total"] != nil)
      }
    }
    var generator = SplitMix64(seed: 6, stream: 0)
    for _ in 0..<200 {
      let invoice = Invoice(vendor: "Morvexolta", goods: World.standard.goods, &generator)
      let lines = invoice.lines(&generator)
      #expect(lines.count <= Picture.cells && lines.allSatisfy { $0.count <= Picture.cells })
      #expect(invoice.total == invoice.tax + invoice.items.reduce(0) { $0 + $1.amount })
    }
  }
}
