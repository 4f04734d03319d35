import Testing
import Transformer

@Suite struct RotaryAnglesTests {
  /// Cosines and sines of position 2999 from PyTorch 2.13, computed in FP32 as `LlamaRotaryEmbedding` does. The exact
  /// angles' cosines differ by up to 6e-5.
  @Test func roundedAsTransformersRounds() throws {
    var configuration = TinyModel.configuration(headSize: 64)
    configuration.rotary = [RotaryDescription(theta: 10_000)]
    configuration.maxPositions = 4096
    let table = try #require(TinyModel.base(configuration).rotaryTables(positions: 3000).first)
    #expect(table.positions >= 3000)
    let expected: [(pair: Int, cosine: Float, sine: Float)] = [
      (0, -0.342721343, 0.939437091), (1, 0.901435256, -0.432913899), (5, 0.385555029, 0.922684848),
      (17, -0.878453732, -0.477827370), (31, 0.921090961, 0.389347494),
    ]
    for (pair, cosine, sine) in expected {
      #expect(abs(table.cosines[2999 * 32 + pair] - cosine) < 1e-6)
      #expect(abs(table.sines[2999 * 32 + pair] - sine) < 1e-6)
    }
  }

  /// Tables are replaced and not changed when a longer one is asked for.
  @Test func growing() throws {
    var configuration = TinyModel.configuration()
    configuration.maxPositions = 4096
    let base = try TinyModel.base(configuration)
    let short = try #require(base.rotaryTables(positions: 10).first)
    let before = short.positions
    let long = try #require(base.rotaryTables(positions: 2000).first)
    #expect(short !== long && short.positions == before && long.positions >= 2000)
    #expect(base.rotaryTables(positions: 1500).first === long)
    for index in 0..<(before * 3) { #expect(short.cosines[index] == long.cosines[index]) }
  }
}
