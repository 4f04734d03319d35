import Foundation
import Recipe
import Testing

@Suite struct AdapterEnergyTests {
  private let linears: ModelLinears = {
    let shape = LinearShape(rows: 4, columns: 3)
    let decoder = BlockLinears(count: 3, shapes: [.qProj: shape, .oProj: shape, .downProj: shape])
    return ModelLinears(decoder: decoder, vision: BlockLinears(count: 2, shapes: [.oProj: shape]))
  }()

  private var energy: AdapterEnergy {
    let energies: [ModulePath: Double] = [
      ModulePath(layer: 0, module: .qProj): 0.25, ModulePath(layer: 2, module: .qProj): 0,
      ModulePath(layer: 1, module: .downProj): 1e300, ModulePath(layer: 0, module: .oProj, isVision: true): 2,
    ]
    return AdapterEnergy(step: 40, energies: energies, in: linears)
  }

  @Test func placesAndGaps() {
    let energy = energy
    #expect(energy.rows.map(\.module) == [.qProj, .downProj, .oProj])
    #expect(energy.rows.map(\.isVision) == [false, false, true])
    #expect(energy.rows.map(\.layers) == [3, 3, 2])
    // A layer without an adapter is not one that changes nothing.
    #expect(energy.rows[0][0] == 0.25 && energy.rows[0][1] == nil && energy.rows[0][2] == 0)
    #expect(energy.rows[0][-1] == nil && energy.rows[0][3] == nil)
    #expect(energy[ModulePath(layer: 1, module: .downProj)] == .infinity)
    #expect(energy[ModulePath(layer: 0, module: .oProj)] == nil)
    #expect(energy[ModulePath(layer: 0, module: .oProj, isVision: true)] == 2)
    #expect(energy.total == .infinity)
  }

  @Test func bytesComeBack() {
    #expect(AdapterEnergy(bytes: energy.bytes) == energy)
    // As part of a larger buffer, too.
    let whole = Data([1, 2, 3]) + energy.bytes
    #expect(AdapterEnergy(bytes: whole.dropFirst(3)) == energy)
  }

  @Test func damagedBytesAreNone() {
    let bytes = energy.bytes
    for count in bytes.indices { #expect(AdapterEnergy(bytes: bytes.prefix(count)) == nil, "\(count) bytes") }
    #expect(AdapterEnergy(bytes: bytes + [0]) == nil)
    for place in bytes.indices {
      var other = bytes
      other[place] = 0xff
      // Whatever it is read as, reading ends.
      _ = AdapterEnergy(bytes: other)
    }
    var later = bytes
    later[0] = 2
    #expect(AdapterEnergy(bytes: later) == nil)
  }
}
