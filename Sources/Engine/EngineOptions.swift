import Foundation
import Logging
import Messages
import Text
import Training

/// How an engine runs; nothing here changes a bit of what it computes.
package struct EngineOptions: Sendable {
  /// nil means `StoreLocation.defaultStore()`.
  package var store: URL?
  /// Threads for all runs together; nil means one for each processor.
  package var threads: Int?
  /// Runs that train at once; nil takes what is faster, measured for each kind of run. TPOT is measured only while none trains.
  package var jobs: Int? = 1
  /// Opens the store for reading only.
  package var readOnly = false
  /// Reads only, instead of being refused, when another engine holds the store.
  package var readOnlyIfLocked = false
  /// An engine that only reads shows what another one writes meanwhile; false leaves everything as it was at the start.
  package var follows = true
  /// Loads the built-in base and describes the first task before the first snapshot.
  package var preselect = true
  /// Evaluates the base itself, once for each model, data set and way of evaluating, after the first run on them.
  package var evaluatesBase = true
  /// Seconds for which another program may lock the store before runs are held.
  package var storePatience = 5.0
  /// Most seconds between two checkpoints of a run.
  package var checkpointSeconds = 20.0
  /// Most steps between two checkpoints of a run; nil leaves it to the clock.
  package var checkpointSteps: Int?
  /// How TPOT is measured: until the interval is a point wide to either side, which on a quiet machine takes seconds.
  package var latency = LatencyOptions(timeCap: 25)
  /// Seconds of training steps for each number of runs at once, where their speed is measured.
  package var speedSeconds = 1.0
  /// After so many seconds of TPOT a look at a base begins no further round.
  package var probeLatencySeconds = BaseProbe.latencySeconds
  /// Called on a run's own thread before each of its steps, with the number of those that are done: a run can be held there. Steps of a
  /// pruning are its candidates, and writing what was chosen.
  package var beforeStep: (@Sendable (RunID, Int) -> Void)?
  /// Asked on a run's own thread whether its adapter's energy may be looked at during training; nil: yes. The end's look is taken in any case.
  package var looksAtEnergy: (@Sendable () -> Bool)?
  /// Called after each report of a look at a base, and after each round in which a fleet is measured.
  package var whileProbing: (@Sendable (ProbeProgress.Phase) -> Void)?
  /// Gets every notice.
  package var logger: Logger?

  package init(
    store: URL? = nil, threads: Int? = nil, jobs: Int? = 1, readOnly: Bool = false, logger: Logger? = nil
  ) {
    self.store = store
    self.threads = threads
    self.jobs = jobs
    self.readOnly = readOnly
    self.logger = logger
  }
}

/// Where the store is unless `--store` says otherwise.
package enum StoreLocation {
  /// `$XDG_DATA_HOME/lorascope/store.sqlite`; `~/.local/share` where the variable is unset, or not absolute, which the
  /// XDG base directory specification tells programs to ignore.
  package static func defaultStore() -> URL {
    defaultStore(in: .current)
  }

  package static func defaultStore(in folders: PersonFolders) -> URL {
    URL(filePath: folders.data, directoryHint: .isDirectory).appending(path: "lorascope/store.sqlite")
  }
}
