-- A store of the first version, as it was written: one run, with some of its steps and results, outputs and times shortened.
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
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
INSERT INTO grdb_migrations ("identifier") VALUES ('1 runs, steps, results');
INSERT INTO runs ("id", "plan", "state", "reason", "created", "started", "finished", "step", "totalSteps", "prepared", "baseFingerprint", "instructionSet", "score", "scoreEstimate", "latency", "overheadPercent", "peakMemoryBytes", "tokensPerSecond", "wallSeconds", "adapterPath", "lastCheckpointStep", "seriesSlot", "queuePosition") VALUES (1, '{"data":{"file":{"evaluation":{"share":{"_0":0.1}},"path":"/data/chat.jsonl"}},"model":{"folder":{"path":"/models/qwen2-tiny"}},"settings":{"batchSize":8,"clip":1,"dropout":0,"epochs":1,"gradientAccumulation":1,"learningRate":0.0002,"learningRateRatio":1,"measureLatency":true,"packing":true,"rank":8,"schedule":"constant","seed":0,"sequenceLength":256,"shuffle":true,"useRSLoRA":false,"warmupSteps":0,"weightDecay":0},"targets":15}', 'done', NULL, 1795699995.2964687, 1795699995.2982101, 1795700001.885724, 4, 4, '{"baseFingerprint":"80acbed7ddc133e24827c6f4558c04ec73d98a74836aad89e25da1d7f45f40f1","baseParameters":162624,"droppedExamples":0,"evaluationExamples":12,"instructionSet":"avx512","modules":["model.layers.0.self_attn.q_proj","model.layers.0.self_attn.k_proj","model.layers.0.self_attn.v_proj","model.layers.0.self_attn.o_proj","model.layers.1.self_attn.q_proj","model.layers.1.self_attn.k_proj","model.layers.1.self_attn.v_proj","model.layers.1.self_attn.o_proj","model.layers.2.self_attn.q_proj","model.layers.2.self_attn.k_proj","model.layers.2.self_attn.v_proj","model.layers.2.self_attn.o_proj"],"threads":2,"totalSteps":4,"trainableParameters":10752,"trainingExamples":108,"truncatedExamples":0}', '80acbed7ddc133e24827c6f4558c04ec73d98a74836aad89e25da1d7f45f40f1', 'avx512', '{"examples":12,"lenient":0,"meanOutputTokens":128,"metric":"exact match","parseFailureRate":1,"score":{"estimate":0,"high":0,"low":0}}', 0.0, '{"baseP50":0.017001000000000002,"baseP95":0.9861845,"blocks":672,"overheadPercent":{"estimate":8.046175623313111,"high":8.878789598530146,"low":7.594705510718414},"p50":0.017731999999999998,"p95":1.31753745}', 8.046175623313111, 70565888, 222221.20863324736, 6.586367184, '/home/me/.local/share/lorascope/runs/1/adapter', 4, NULL, 0);
INSERT INTO steps ("run", "step", "loss", "gradientNorm", "learningRate", "tokens", "seconds") VALUES (1, 1, 6.2628374099731445, 1.7780613899230957, 0.00019999999494757503, 1993, 0.018940625);
INSERT INTO steps ("run", "step", "loss", "gradientNorm", "learningRate", "tokens", "seconds") VALUES (1, 2, 6.245635509490967, 1.7710871696472168, 0.00019999999494757503, 1993, 0.006796531);
INSERT INTO steps ("run", "step", "loss", "gradientNorm", "learningRate", "tokens", "seconds") VALUES (1, 3, 6.240198612213135, 1.688469409942627, 0.00019999999494757503, 1992, 0.011281988);
INSERT INTO examples ("run", "index", "prompt", "expected", "output", "score", "parsed", "lenient", "outputTokens") VALUES (1, 0, 'dan has 9 number. What has dan?
', 'number', '', 0.0, 0, 0.0, 128);
INSERT INTO examples ("run", "index", "prompt", "expected", "output", "score", "parsed", "lenient", "outputTokens") VALUES (1, 1, 'fay has 7 oil. What has fay?
', 'oil', '', 0.0, 0, 0.0, 128);
INSERT INTO latencyBlocks ("run", "block", "isBase", "millisecondsPerToken") VALUES (1, 0, 1, '[0.979882,0.966693,0.960463]');
INSERT INTO latencyBlocks ("run", "block", "isBase", "millisecondsPerToken") VALUES (1, 1, 0, '[6.146544,1.30424,1.309547]');
INSERT INTO checkpoints ("run", "step", "time") VALUES (1, 4, 1795699995.3662736);
INSERT INTO notices ("id", "run", "time", "level", "text") VALUES (1, 1, 1795699995.3036852, 'info', '#1: messages, 120 conversations, the model''s chat template');
