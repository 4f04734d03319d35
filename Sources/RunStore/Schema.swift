import GRDB

/// The tables, and how older versions of them become the present one.
///
/// A migration is never changed once it has been released: a later version adds one.
enum Schema {
  /// The migration that every version has.
  static let first = "1 runs, steps, results"

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration(first) { db in
      // Ids are never used twice: a deleted run's number must not come back as another run.
      try db.execute(
        sql: """
          CREATE TABLE runs (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            plan TEXT NOT NULL,
            state TEXT NOT NULL,
            reason TEXT,
            created REAL NOT NULL,
            started REAL,
            finished REAL,
            step INTEGER NOT NULL DEFAULT 0,
            totalSteps INTEGER NOT NULL DEFAULT 0,
            prepared TEXT,
            baseFingerprint TEXT,
            instructionSet TEXT,
            score TEXT,
            scoreEstimate REAL,
            latency TEXT,
            overheadPercent REAL,
            peakMemoryBytes INTEGER,
            tokensPerSecond REAL,
            wallSeconds REAL,
            adapterPath TEXT,
            lastCheckpointStep INTEGER,
            seriesSlot INTEGER,
            queuePosition INTEGER
          );
          CREATE TABLE steps (
            run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
            step INTEGER NOT NULL,
            loss REAL,
            gradientNorm REAL,
            learningRate REAL,
            tokens INTEGER NOT NULL,
            seconds REAL,
            PRIMARY KEY (run, step)
          ) WITHOUT ROWID;
          CREATE TABLE examples (
            run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
            "index" INTEGER NOT NULL,
            prompt TEXT NOT NULL,
            expected TEXT NOT NULL,
            output TEXT NOT NULL,
            score REAL,
            parsed INTEGER NOT NULL,
            lenient REAL,
            outputTokens INTEGER NOT NULL,
            PRIMARY KEY (run, "index")
          ) WITHOUT ROWID;
          CREATE TABLE latencyBlocks (
            run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
            block INTEGER NOT NULL,
            isBase INTEGER NOT NULL,
            millisecondsPerToken TEXT NOT NULL,
            PRIMARY KEY (run, block, isBase)
          ) WITHOUT ROWID;
          CREATE TABLE checkpoints (
            run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
            step INTEGER NOT NULL,
            time REAL NOT NULL,
            PRIMARY KEY (run, step)
          ) WITHOUT ROWID;
          CREATE TABLE notices (
            id INTEGER PRIMARY KEY,
            run INTEGER,
            time REAL NOT NULL,
            level TEXT NOT NULL,
            text TEXT NOT NULL
          );
          """)
    }
    migrator.registerMigration("2 phases, speeds") { db in
      try db.execute(
        sql: """
          ALTER TABLE runs ADD COLUMN phases TEXT;
          CREATE TABLE speeds (
            key TEXT PRIMARY KEY,
            measurement TEXT NOT NULL
          ) WITHOUT ROWID;
          """)
    }
    // Beside the latency's own text, as its overhead is: for whoever reads the file with SQL.
    migrator.registerMigration("core share of latencies") { db in
      try db.execute(sql: "ALTER TABLE runs ADD COLUMN coreShare REAL")
    }
    migrator.registerMigration("3 application id, deleted runs") { db in
      // A deleted run stays in its table, with all that belongs to it, until it is purged: what reads runs reads `live`.
      try db.execute(
        sql: """
          ALTER TABLE runs ADD COLUMN deleted REAL;
          ALTER TABLE runs ADD COLUMN failureStatus INTEGER;
          CREATE VIEW live AS SELECT * FROM runs WHERE deleted IS NULL;
          PRAGMA application_id = \(StoreIdentity.applicationID);
          """)
    }
    // For readers that poll. A run's place in the queue and in the trash are asked for by themselves.
    migrator.registerMigration("4 versions of rows") { db in
      try db.execute(
        sql: """
          ALTER TABLE runs ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
          CREATE TRIGGER versions AFTER UPDATE ON runs
            WHEN new.queuePosition IS old.queuePosition AND new.deleted IS old.deleted
            BEGIN UPDATE runs SET version = old.version + 1 WHERE id = new.id; END;
          """)
    }
    migrator.registerMigration("5 answers that were ended early") { db in
      try db.execute(sql: "ALTER TABLE examples ADD COLUMN isCut INTEGER NOT NULL DEFAULT 0")
    }
    migrator.registerMigration("6 what examples are about") { db in
      try db.execute(sql: "ALTER TABLE examples ADD COLUMN \"group\" TEXT")
    }
    migrator.registerMigration("7 searches, heats") { db in
      try db.execute(
        sql: """
          CREATE TABLE searches (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            created REAL NOT NULL,
            finished REAL,
            state TEXT NOT NULL,
            reason TEXT,
            request TEXT NOT NULL,
            plan TEXT NOT NULL,
            secondsPromised REAL,
            secondsUsed REAL NOT NULL DEFAULT 0,
            answer TEXT
          );
          CREATE TABLE heats (
            run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
            heat INTEGER NOT NULL,
            step INTEGER NOT NULL,
            scores TEXT NOT NULL,
            groups TEXT NOT NULL,
            PRIMARY KEY (run, heat)
          ) WITHOUT ROWID;
          ALTER TABLE runs ADD COLUMN search INTEGER REFERENCES searches(id);
          ALTER TABLE runs ADD COLUMN heats TEXT;
          """)
    }
    migrator.registerMigration("pruned adapters") { db in
      try db.execute(
        sql: """
          ALTER TABLE runs ADD COLUMN pruned TEXT;
          ALTER TABLE runs ADD COLUMN prunedFrom INTEGER;
          """)
    }
    migrator.registerMigration("losses on held-out examples") { db in
      try db.execute(
        sql: """
          CREATE TABLE heldOutLosses (
            run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
            step INTEGER NOT NULL,
            loss REAL,
            examples INTEGER NOT NULL,
            tokens INTEGER NOT NULL,
            seconds REAL,
            PRIMARY KEY (run, step)
          ) WITHOUT ROWID;
          """)
    }
    migrator.registerMigration("latencies of fleets") { db in
      // What is asked by is beside the whole measurement, for whoever reads the file with SQL.
      try db.execute(
        sql: """
          CREATE TABLE fleets (
            key TEXT PRIMARY KEY,
            run INTEGER REFERENCES runs(id) ON DELETE CASCADE,
            baseFingerprint TEXT NOT NULL,
            targets TEXT NOT NULL,
            parameters INTEGER NOT NULL,
            sequences INTEGER NOT NULL,
            mix TEXT NOT NULL,
            type TEXT NOT NULL,
            machine TEXT NOT NULL,
            time REAL NOT NULL,
            overheadPercent REAL,
            coreShare REAL NOT NULL,
            measurement TEXT NOT NULL
          ) WITHOUT ROWID;
          CREATE INDEX fleetsOfRun ON fleets(run);
          """)
    }
    migrator.registerMigration("energies of adapters") { db in
      try db.execute(sql: "ALTER TABLE runs ADD COLUMN energy BLOB")
    }
    migrator.registerMigration("memory of steps") { db in
      try db.execute(sql: "ALTER TABLE steps ADD COLUMN memoryBytes INTEGER")
    }
    migrator.registerMigration("labels of runs") { db in
      try db.execute(
        sql: """
          ALTER TABLE runs ADD COLUMN name TEXT;
          ALTER TABLE runs ADD COLUMN note TEXT;
          ALTER TABLE runs ADD COLUMN tags TEXT;
          ALTER TABLE runs ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
          """)
    }
    migrator.registerMigration("origins of runs") { db in
      // By its identity a run is found when its log is imported once more.
      try db.execute(
        sql: """
          ALTER TABLE runs ADD COLUMN origin TEXT;
          ALTER TABLE runs ADD COLUMN identity TEXT;
          CREATE INDEX runsByIdentity ON runs(identity) WHERE identity IS NOT NULL;
          """)
    }
    return migrator
  }

  /// Whether a store has all of them.
  /// - Throws: `StoreError` where a later version has written it.
  static func isComplete(in reader: some DatabaseReader, path: String) throws -> Bool {
    let migrator = migrator
    let (isNewer, isComplete) = try reader.read {
      (try migrator.hasBeenSuperseded($0), try migrator.hasCompletedMigrations($0))
    }
    guard isNewer else { return isComplete }
    throw StoreError(
      .version, "the store \(path) was written by a newer lorascope: update this one, or use another store with --store"
    )
  }
}
