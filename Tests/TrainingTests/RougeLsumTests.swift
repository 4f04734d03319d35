import Foundation
import Recipe
import Testing
import Text
import Training

@Suite struct RougeLsumTests {
  private func goldens() throws -> JSONObject {
    let file = Fixture.folder.appendingPathComponent("rouge/goldens.json")
    return try #require(try JSONParser.parse(Array(try Data(contentsOf: file))).object)
  }

  @Test func equalsTheLibraryOnAHundredPairs() throws {
    let pairs = try #require(try goldens()["pairs"]?.array)
    #expect(pairs.count == 100)
    for pair in pairs {
      let reference = try #require(pair.object?["reference"]?.string)
      let candidate = try #require(pair.object?["candidate"]?.string)
      for (stems, name) in [(false, "plain"), (true, "stemmed")] {
        let expected = try #require(pair.object?[name]?.double)
        let value = RougeLsum.f1(reference: reference, candidate: candidate, stems: stems)
        #expect(abs(value - expected) < 1e-6, "\(name) \(value), not \(expected): \(reference) / \(candidate)")
      }
    }
  }

  @Test func stemsEqualTheLibrarys() throws {
    let stems = try #require(try goldens()["stems"]?.object)
    #expect(stems.members.count > 600)
    for member in stems.members {
      #expect(String(decoding: PorterStemmer.stem(Array(member.key.utf8)), as: UTF8.self) == member.value.string)
    }
  }

  @Test func isAMetricByName() throws {
    let metric = try #require(MetricName(rawValue: "rouge-lsum-stemmed")?.metric)
    #expect(metric.name == "ROUGE-Lsum (Porter stems, sentences by line)")
    let example = Example(id: 1, prompt: "", completion: "The agencies reported losses.")
    #expect(metric.score(output: "agency reports loss", example: example).value == 2 * 1 * 0.75 / 1.75)
    #expect(RougeLsum().score(output: "", example: example) == ExampleScore(value: 0, parsed: true, lenient: 0))
  }
}
