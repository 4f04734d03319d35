import Kernels
import Recipe
import Testing
import Transformer

@Suite struct ModuleEnergyTests {
  /// Every element of s·B·A, formed in Double.
  private func reference(_ module: LoRAModule) -> Double {
    var sum = 0.0
    for row in 0..<module.rows {
      for column in 0..<module.columns {
        var value = 0.0
        for i in 0..<module.rank {
          let b = Double(module.b.pointer[row * module.rank + i])
          value += b * Double(module.a.pointer[i * module.columns + column])
        }
        sum += Double(module.scaling) * value * Double(module.scaling) * value
      }
    }
    return sum
  }

  @Test(arguments: [1, 3, 8], [false, true])
  func isTheNormOfWhatIsAdded(rank: Int, useRSLoRA: Bool) throws {
    let configuration = TinyModel.configuration(layers: 3)
    let adapter = try TinyModel.adapter(.all, configuration, rank: rank, useRSLoRA: useRSLoRA)
    let energies = ModuleEnergy.measure(adapter, team: WorkerTeam(threads: 2))
    #expect(energies.count == adapter.modules.count)
    for module in adapter.modules {
      let expected = reference(module)
      let energy = try #require(energies[module.path])
      #expect(abs(energy - expected) <= 1e-5 * expected, "\(module.path)")
    }
  }

  /// Longer than the stretches that are added up as Floats, and no multiple of them.
  @Test func longRows() throws {
    let configuration = ModelConfiguration(
      vocabularySize: 13, hiddenSize: 1030, layers: 1, heads: 2, kvHeads: 1, headSize: 515, intermediateSize: 70,
      maxPositions: 8)
    let adapter = try TinyModel.adapter(.all, configuration, rank: 2)
    let energies = ModuleEnergy.measure(adapter, team: WorkerTeam(threads: 1))
    for module in adapter.modules {
      let expected = reference(module)
      #expect(abs((energies[module.path] ?? 0) - expected) <= 1e-5 * expected, "\(module.path)")
    }
  }

  @Test func nothingAtTheStart() throws {
    let configuration = TinyModel.configuration()
    let specification = try LoRASpecification(targets: .all, in: configuration, rank: 4, alpha: 8)
    let adapter = try LoRAAdapter(specification: specification, configuration: configuration, seed: 1)
    #expect(ModuleEnergy.measure(adapter, team: WorkerTeam(threads: 2)).values.allSatisfy { $0 == 0 })
  }

  @Test func sameAtAnyNumberOfThreads() throws {
    let adapter = try TinyModel.adapter(.all, TinyModel.configuration(layers: 3), rank: 5)
    let all = (1...3).map { ModuleEnergy.measure(adapter, team: WorkerTeam(threads: $0)) }
    #expect(all[0] == all[1] && all[0] == all[2])
  }

  @Test func notFiniteIsSaid() throws {
    let adapter = try TinyModel.adapter(.oProj, TinyModel.configuration(), rank: 2)
    let module = adapter.modules[0]
    module.b.pointer[0] = .nan
    let energies = ModuleEnergy.measure(adapter, team: WorkerTeam(threads: 1))
    #expect(energies[module.path] == .infinity)
    #expect(energies[adapter.modules[1].path]?.isFinite == true)
  }
}
