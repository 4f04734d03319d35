import Kernels
import MicrokernelTable
import Testing

/// The tiles of bfloat16 pairs, by vectors and by AMX, whichever of them this machine has: every kind, at depths that end within a tile's steps.
@Suite struct PairTilesTests {
  static let sets = InstructionSet.available.filter { Microkernel.table(for: $0).pairs != nil }

  @Test(arguments: sets, [1, 2, 15, 16, 17, 32, 47, 192])
  func everyTileIsTheSumOfItsProducts(set: InstructionSet, steps: Int) throws {
    let m = Microkernel.table(for: set)
    let pairs = try #require(m.pairs)
    for tile in tiles(m, pairs) {
      for (scale, adds) in [(1, false), (1, true), (0.5, false), (0.5, true)] as [(Float, Bool)] {
        var random = TestRandom(UInt64(steps))
        let depth = 2 * steps - steps % 2
        let a = random.buffer(tile.rows * depth).array
        let b = random.buffer(depth * tile.columns).array
        let old = random.buffer(tile.rows * (tile.columns + 3)).array
        let got = product(m, pairs, tile, a, b, depth: depth, into: old, scale: scale, adds: adds)
        let (left, right) = (rounded(a), rounded(b))
        for row in 0..<tile.rows {
          for column in 0..<tile.columns + 3 {
            let place = row * (tile.columns + 3) + column
            // What lies between rows of results is left alone.
            guard column < tile.columns else {
              #expect(got[place] == old[place])
              continue
            }
            let sum = (0..<depth).reduce(0.0) { $0 + left[row * depth + $1] * right[$1 * tile.columns + column] }
            let wanted = Double(scale) * sum + (adds ? Double(old[place]) : 0)
            #expect(
              abs(Double(got[place]) - wanted) < 1e-5 * (1 + Double(depth).squareRoot()),
              "\(tile.name), row \(row), column \(column), scale \(scale), adds \(adds)")
          }
        }
      }
    }
  }

  /// Which tile computes a row, and beside which others, is all one, and so is who adds it to what was there.
  @Test(arguments: sets, [8, 16, 24, 37, 96])
  func aRowsBitsAreTheSameInEveryTile(set: InstructionSet, steps: Int) throws {
    let m = Microkernel.table(for: set)
    let pairs = try #require(m.pairs)
    var random = TestRandom(5)
    let depth = 2 * steps
    let most = tiles(m, pairs).reduce(0) { max($0, $1.rows) }
    let a = random.buffer(most * depth).array
    let b = random.buffer(depth * m.tileColumns).array
    let old = random.buffer(most * (m.tileColumns + 3)).array
    let stride = m.tileColumns + 3
    let first = product(m, pairs, tiles(m, pairs)[0], a, b, depth: depth, into: old, scale: 1, adds: false)
    for tile in tiles(m, pairs) {
      let right = (0..<depth).flatMap { b[$0 * m.tileColumns..<$0 * m.tileColumns + tile.columns] }
      for adds in [false, true] {
        let width = tile.columns + 3
        let before = (0..<tile.rows).flatMap { old[$0 * stride..<$0 * stride + width] }
        let got = product(m, pairs, tile, a, right, depth: depth, into: before, scale: 1, adds: adds)
        for column in 0..<tile.columns {
          let wanted = adds ? first[column] + old[column] : first[column]
          #expect(got[column] == wanted, "\(tile.name), column \(column), adds \(adds)")
        }
      }
    }
  }

  private struct Tile {
    var name: String
    var rows: Int
    var columns: Int
    var isTransposed = false
    var body: MicrokernelTable.Tile
  }

  private func tiles(_ m: MicrokernelTable, _ pairs: MicrokernelTable.Pairs) -> [Tile] {
    let nr = m.tileColumns
    return [
      Tile(name: "whole", rows: m.tileRows, columns: nr, body: pairs.tile),
      Tile(name: "short", rows: m.shortRows, columns: nr, body: pairs.shortTile),
      Tile(name: "narrow", rows: m.narrowRows, columns: m.narrowColumns, body: pairs.narrowTile),
      Tile(name: "transposed", rows: m.tileRows, columns: nr, isTransposed: true, body: pairs.tileTransposedA),
    ] + (pairs.tallTile.map { [Tile(name: "tall", rows: 2 * m.tileRows, columns: nr, body: $0)] } ?? [])
  }

  /// - Parameters:
  ///   - a: `[rows, depth]`, of which a tile's rows are taken
  ///   - b: `[depth, columns]`
  ///   - c: `[rows, columns + 3]`
  private func product(
    _ m: MicrokernelTable, _ pairs: MicrokernelTable.Pairs, _ tile: Tile, _ a: [Float], _ b: [Float], depth: Int,
    into c: [Float], scale: Float, adds: Bool
  ) -> [Float] {
    let steps = (depth + 1) / 2
    let source = FloatBuffer(Array(a[..<(tile.rows * depth)]))
    let right = FloatBuffer(b)
    let panel = FloatBuffer(count: steps * m.tileColumns)
    pairs.pack(right.pointer, tile.columns, tile.columns, depth, panel.pointer)
    let result = FloatBuffer(c)
    let stride = steps + 5
    let left = FloatBuffer(count: (tile.rows + 16) * (stride + 16))
    if tile.isTransposed {
      // `[depth, rows]`, whole vectors of it.
      let width = 16
      let turned = FloatBuffer(count: depth * width)
      for row in 0..<tile.rows {
        for k in 0..<depth { turned.pointer[k * width + row] = source.pointer[row * depth + k] }
      }
      pairs.pairRows(turned.pointer, width, depth, width, left.pointer, width)
      tile.body(
        steps, left.pointer, width, panel.pointer, m.tileColumns, result.pointer, tile.columns + 3, scale, adds)
    } else {
      pairs.roundRows(source.pointer, depth, tile.rows, depth, left.pointer, stride)
      tile.body(
        steps, left.pointer, stride, panel.pointer, m.tileColumns, result.pointer, tile.columns + 3, scale, adds)
    }
    return result.array
  }
}
