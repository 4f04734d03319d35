import Foundation
import Recipe
import TestFiles
import Testing
import Text

/// What goes beyond is refused with its line, and nothing that a template does traps or runs on.
@Suite struct ChatTemplateLimitsTests {
  private static let messages = [
    ChatMessage(role: "user", content: "Hi"), ChatMessage(role: "assistant", content: "Hello"),
  ]

  private func failure(_ source: String) -> (text: String, status: Int32)? {
    refusal {
      let template = try ChatTemplate(source: source, name: "t.jinja", specialTokens: ["bos_token": "<s>"])
      _ = try template.render(Self.messages, addGenerationPrompt: true)
    }
  }

  @Test(arguments: [
    ("a\n{% include 'x' %}", 2, "{% include %} is not supported"), ("\n\n{{ x | pprint }}", 3, "filter 'pprint'"),
    ("{{ 1 is prime }}", 1, "test 'prime'"), ("{% if true %}\n", 1, "{% endif %}"), ("{{ 1 + }}", 1, "unexpected }}"),
    ("{{ loop(messages) }}", 1, "undefined"), ("{{ 'abc }}", 1, "string that begins here"),
    ("{{ missing.name }}", 1, "'missing' is undefined"), ("{{ messages[0].role.pop() }}", 1, "no attribute 'pop'"),
    ("{{ 1 / 0 }}", 1, "division by zero"), ("{{ 9223372036854775807 + 1 }}", 1, "out of range"),
    ("{{ raise_exception('no, thanks') }}", 1, "refuses this conversation: no, thanks"),
    ("{{ messages.append(1) }}", 1, "no attribute 'append'"), ("{% set x.y = 1 %}", 1, "not a namespace"),
    ("{{ f(*messages) }}", 1, "undefined"), ("{{ f(*[1], *[2]) }}", 1, "unpacked"), ("{{ 'a' < 1 }}", 1, "no order"),
    ("{% break %}", 1, "outside of a loop"),
    ("{{ strftime_now('%Q') }}", 1, "strftime_now"), ("{{ (1 }}", 1, "expected"), ("{{ ) }}", 1, "unexpected ')'"),
    ("{# never", 1, "no end"), ("{{ {1: 2} }}", 1, "not a string"), ("{{ \u{0} }}", 1, "unexpected character"),
  ])
  func refusedWithItsLine(_ source: String, _ line: Int, _ reason: String) throws {
    let refused = try #require(failure(source))
    #expect(refused.text.hasPrefix("t.jinja: line \(line): "), "\(refused.text)")
    #expect(refused.text.contains(reason), "\(refused.text)")
    #expect(!refused.text.contains("\n"))
    #expect(refused.status == 65)
  }

  @Test(arguments: [
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "{% macro f(x) %}{{ f(x ~ x) }}{% endmacro %}{{ f('ab') }}",
    "{% set ns = namespace(x='ab') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
    "{% set ns = namespace(x=[1]) %}{% for i in range(400) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
    "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}{% endfor %}{% endfor %}{% endfor %}",
    "{% set ns = namespace(x=1) %}{% for i in range(99999) %}{% set ns.x = [ns.x] %}{% endfor %}",
    "{% set ns = namespace(x=1) %}{% for i in range(99999) %}{% set ns.x = {'a': ns.x} %}{% endfor %}",
    "{% set ns = namespace(x=1) %}{% for i in range(99999) %}{% set ns.x = namespace(y=ns.x) %}{% endfor %}",
    "{% set x = 1 %}" + String(repeating: "{% set x = [x] %}", count: 50_000),
    "{% set ns = namespace(x=1) %}{% set ns.x = ns %}{% set ns.y = [ns] %}",
    "{{ 'x' * 999999999999 }}", "{{ [1] * 9223372036854775807 }}", "{{ range(99999999) | list }}",
    "{{ range(0, 9, 0) }}", "{{ '' * 9000000000000000000 }}{{ missing.name }}",
    "{{ 'aaaa' | replace('', 'b' * 9999999) | replace('b', 'c' * 9999) }}", "{{ 2 ** 9999 }}", "{{ 'x'[::0] }}",
    String(repeating: "(", count: 5000), "{{ " + String(repeating: "(", count: 5000) + " }}",
    "{{ " + String(repeating: "not ", count: 5000) + "1 }}", "{{ " + String(repeating: "-", count: 5000) + "1 }}",
    "{{ 1" + String(repeating: " + 1", count: 5000) + " }}", "{{ a" + String(repeating: "[0]", count: 5000) + " }}",
    "{{ 1" + String(repeating: " | abs", count: 5000) + " }}", "{{ " + String(repeating: "[", count: 5000),
    String(repeating: "{% if 1 %}", count: 5000), String(repeating: "{% for a in messages %}", count: 5000),
    "{{ 1" + String(repeating: " if 1 else 1", count: 5000) + " }}",
    "{{ 'a'" + String(repeating: " ~ 'a'", count: 5000) + " }}",
  ])
  func runawayTemplatesEnd(_ source: String) {
    let text = try? ChatTemplate(source: source, name: "t").render(Self.messages, addGenerationPrompt: true)
    #expect(text == nil || text == source)
  }

  /// Mutations of real-looking templates give a text or an error, and end.
  @Test func mutatedTemplatesNeverTrap() throws {
    var generator = SplitMix64(seed: 20)
    let files = try FileManager.default.contentsOfDirectory(
      at: Fixtures.folder("chat/templates"), includingPropertiesForKeys: nil
    ).sorted { $0.path < $1.path }
    let sources = try files.map { Array(try Data(contentsOf: $0)) }
    let pieces = [
      "{%", "%}", "{{", "}}", "-", "|", "(", ")", "[::-1]", "loop.", "%", "~", "''", " if ", " in ", "\n", "\u{7F}",
    ]
    .map { Array($0.utf8) }
    var rendered = 0
    for _ in 0..<1500 {
      var bytes = sources[Int.random(in: 0..<sources.count, using: &generator)]
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes.remove(at: place)
        case 1: bytes[place] = UInt8.random(in: 0x20..<0x7F, using: &generator)
        case 2: bytes.insert(contentsOf: pieces[Int.random(in: 0..<pieces.count, using: &generator)], at: place)
        default: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...40, using: &generator)))
        }
        if bytes.isEmpty { break }
      }
      let refused = refusal {
        let template = try ChatTemplate(source: String(decoding: bytes, as: UTF8.self), name: "t")
        _ = try template.training(Self.messages)
        rendered += 1
      }
      if let refused { #expect(refused.status == 65 && !refused.text.contains("\n"), "\(refused.text)") }
    }
    #expect(rendered > 100)
  }
}
