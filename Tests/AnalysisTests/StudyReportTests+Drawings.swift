import Analysis
import Foundation
import Messages
import Recipe
import Testing

/// The page's pictures of what adapters changed and of how long tokens took.
extension StudyReportTests {
  private func pictures(_ page: String, _ title: String) -> [Substring] {
    page.split(separator: "<svg").filter { $0.contains("<title>\(title)") }
  }

  @Test func energyByLayerAndModule() throws {
    let shape = LinearShape(rows: 4, columns: 3)
    let linears = ModelLinears(decoder: BlockLinears(count: 3, shapes: [.qProj: shape, .oProj: shape]))
    var all = run(1, .oProj, right: 20, overhead: 3)
    all.0.energy = AdapterEnergy(
      step: 3,
      energies: [
        ModulePath(layer: 0, module: .oProj): 1e-3, ModulePath(layer: 1, module: .oProj): .infinity,
        ModulePath(layer: 2, module: .oProj): 1,
      ], in: linears)
    var part = run(2, .qkv, right: 30, overhead: 5)
    part.0.energy = AdapterEnergy(step: 3, energies: [ModulePath(layer: 2, module: .qProj): 0.03], in: linears)
    let page = HTMLReport.page(try content([all, part], base: nil))
    let drawn = try #require(pictures(page, "Adapter energy").first)
    // The least has the lightest shade; what is no finite number and the largest the darkest, which lie beside each other.
    let text = String(drawn)
    #expect(text.contains("o_proj #1") && text.contains("qkv #2") && text.contains(">q_proj<"))
    let legend = 9
    #expect(text.components(separatedBy: "<rect").count - 1 == legend + 3)
    #expect(text.contains("0.001</text>") && text.contains("1, logarithmic"))
    #expect(pictures(HTMLReport.page(try content([run(1, .oProj, right: 20)], base: nil)), "Adapter energy").isEmpty)
  }

  @Test func timesOfTokens() throws {
    let times = try #require(
      TokenTimes([(1, [2, 2, 2.1, 2.2, 9]), (nil, [1, 1, 1.1, 1.2]), (7, [3, 3])]))
    var report = try content([run(1, .oProj, right: 20, overhead: 3)], base: nil)
    report.tokenTimes = [1: times]
    let text = String(try #require(pictures(HTMLReport.page(report), "Time of single tokens").first))
    // A run that the table does not have is left out; the base comes first.
    #expect(text.components(separatedBy: "<path class=\"histogram").count - 1 == 2)
    let base = try #require(text.range(of: ">base<"))
    let own = try #require(text.range(of: "o_proj #1"))
    #expect(base.lowerBound < own.lowerBound && !text.contains("#7"))
    report.tokenTimes = [:]
    #expect(pictures(HTMLReport.page(report), "Time of single tokens").isEmpty)
  }
}
