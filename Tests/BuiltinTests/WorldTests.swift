import Builtin
import Testing

@Suite struct WorldTests {
  @Test func sameSeedSameWorld() {
    #expect(World(seed: 3).conditions == World(seed: 3).conditions)
    #expect(World(seed: 3).surnames != World(seed: 4).surnames)
  }

  @Test func namesAreDistinct() {
    let world = World.standard
    let names =
      world.conditions.map(\.name) + world.conditions.map(\.drug.name) + world.surnames + world.companies + world.towns
    #expect(Set(names.map { $0.lowercased() }).count == names.count)
    #expect(world.conditions.count == World.conditionCount)
    #expect(world.conditions.allSatisfy { $0.sign != $0.drug.effect })
  }
}
