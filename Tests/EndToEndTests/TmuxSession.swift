import Foundation

/// A real terminal: a tmux session of its own server, with keys typed and the screen read.
final class TmuxSession {
  private let socket = "lorascope-\(UUID().uuidString.prefix(8))"
  /// What one session's dashboard remembers is none of another's, nor of the person who runs the tests.
  private let folder: TemporaryFolder

  /// Starts a shell in a terminal of the given size.
  init(columns: Int, rows: Int) throws {
    folder = try TemporaryFolder()
    let home = folder.url.path
    try tmux([
      "-f", "/dev/null", "new-session", "-d", "-s", "t", "-x", "\(columns)", "-y", "\(rows)",
      // A terminal with colours, whatever the one (or none) that the tests were started from.
      "env -u NO_COLOR XDG_STATE_HOME='\(home)/state' XDG_CONFIG_HOME='\(home)/config' PS1='$ ' LC_ALL=C.UTF-8 TERM=tmux-256color sh",
    ])
    _ = try wait(seconds: 10, for: "a prompt") { $0.contains("$") }
  }

  deinit { _ = try? tmux(["kill-server"]) }

  /// The terminal goes away, as when its window is closed.
  func close() throws { try tmux(["kill-server"]) }

  func type(_ text: String) throws { try tmux(["send-keys", "-t", "t", "-l", text]) }

  /// Keys by tmux's names: Enter, Space, Escape, Tab, Down, C-c.
  func press(_ keys: String...) throws { for key in keys { try tmux(["send-keys", "-t", "t", key]) } }

  func resize(columns: Int, rows: Int) throws {
    try tmux(["resize-window", "-t", "t", "-x", "\(columns)", "-y", "\(rows)"])
  }

  /// The process that the shell has started and waits for.
  func foregroundProcess() throws -> pid_t {
    let shell = try tmux(["display-message", "-p", "-t", "t", "#{pane_pid}"]).trimmingCharacters(
      in: .whitespacesAndNewlines)
    let children = try String(contentsOfFile: "/proc/\(shell)/task/\(shell)/children", encoding: .utf8)
    guard let child = children.split(separator: " ").first.flatMap({ pid_t($0) }) else {
      throw Unexpected("the shell has no child process")
    }
    return child
  }

  func screen() throws -> String { try tmux(["capture-pane", "-p", "-t", "t"]) }

  /// Reads the screen until it is as expected. The bound only ends a test that has failed; nothing is measured by it.
  func wait(seconds: Double, for what: String, _ isThere: (String) -> Bool) throws -> String {
    let end = Date().addingTimeInterval(seconds)
    var last = ""
    while Date() < end {
      last = try screen()
      if isThere(last) { return last }
      Thread.sleep(forTimeInterval: 0.1)
    }
    throw Unexpected("no \(what) after \(Int(seconds)) s; the screen was:\n\(last)")
  }

  /// Not Foundation's `Process`: that waits for a socket which the server, a grandchild that stays, would hold open.
  @discardableResult
  private func tmux(_ arguments: [String]) throws -> String {
    let output = FileManager.default.temporaryDirectory.appendingPathComponent("\(socket)-output").path
    defer { try? FileManager.default.removeItem(atPath: output) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    // Test threads may run with signals blocked; a server that inherits that can never be ended.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    let words = (["tmux", "-L", socket] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var child = pid_t()
    guard posix_spawnp(&child, "tmux", &actions, &attributes, words, environ) == 0 else {
      throw Unexpected("tmux cannot be started")
    }
    var status: Int32 = 0
    while waitpid(child, &status, 0) == -1, errno == EINTR {}
    guard status == 0 else { throw Unexpected("tmux \(arguments.joined(separator: " ")) failed with status \(status)") }
    return try String(contentsOfFile: output, encoding: .utf8)
  }
}
