PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO grdb_migrations VALUES('1 runs, steps, results');
INSERT INTO grdb_migrations VALUES('2 phases, speeds');
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
, phases TEXT);
INSERT INTO runs VALUES(1,'{"data":{"task":{"name":"medmcqa"}},"model":{"builtin":{}},"settings":{"batchSize":2,"clip":1,"dropout":0,"epochs":3,"evaluationExamples":4,"gradientAccumulation":1,"learningRate":0.003,"learningRateRatio":1,"maxNewTokens":8,"measureLatency":false,"packing":false,"rank":1,"schedule":"linear","seed":3,"sequenceLength":128,"shuffle":true,"steps":3,"trainingExamples":24,"useRSLoRA":false,"warmupSteps":10,"weightDecay":0},"targets":8}','done',NULL,1795907014.8723421096,1795907014.8883743286,1795907015.9238345622,3,3,'{"baseFingerprint":"86478b4e09fc13dbaf958ea8388322c8c4de4340a9b9b243056b43803c7b1d42","baseParameters":2886656,"droppedExamples":0,"evaluationExamples":4,"instructionSet":"baseline","machine":"AMD EPYC, baseline","modules":["model.text_model.layers.0.self_attn.o_proj","model.text_model.layers.1.self_attn.o_proj","model.text_model.layers.2.self_attn.o_proj","model.text_model.layers.3.self_attn.o_proj","model.text_model.layers.4.self_attn.o_proj","model.text_model.layers.5.self_attn.o_proj"],"threads":1,"totalSteps":3,"trainableParameters":2304,"trainingExamples":24,"truncatedExamples":0}','86478b4e09fc13dbaf958ea8388322c8c4de4340a9b9b243056b43803c7b1d42','baseline','{"examples":4,"lenient":0.25,"meanOutputTokens":4.5,"metric":"strict choice accuracy","parseFailureRate":1,"score":{"estimate":0,"high":0,"low":0}}',0.0,NULL,NULL,57233408,461.57675034681955139,0.95732322000000003026,'@FOLDER@/runs/1/adapter',3,NULL,0,'{"evaluating":0.215376435,"measuring":0,"preparing":0.011604809,"training":0.730291061}');
INSERT INTO runs VALUES(2,'{"data":{"task":{"name":"medmcqa"}},"model":{"builtin":{}},"settings":{"batchSize":2,"clip":1,"dropout":0.1,"epochs":3,"evaluationExamples":4,"gradientAccumulation":1,"learningRate":0.003,"learningRateRatio":1,"maxNewTokens":8,"measureLatency":false,"packing":false,"rank":1,"schedule":"linear","seed":4,"sequenceLength":128,"shuffle":true,"steps":40,"trainingExamples":24,"useRSLoRA":false,"warmupSteps":10,"weightDecay":0},"targets":8}','paused','saved when lorascope was left',1795907024.8664672374,1795907024.8692271709,NULL,8,40,'{"baseFingerprint":"86478b4e09fc13dbaf958ea8388322c8c4de4340a9b9b243056b43803c7b1d42","baseParameters":2886656,"droppedExamples":0,"evaluationExamples":4,"instructionSet":"baseline","machine":"AMD EPYC, baseline","modules":["model.text_model.layers.0.self_attn.o_proj","model.text_model.layers.1.self_attn.o_proj","model.text_model.layers.2.self_attn.o_proj","model.text_model.layers.3.self_attn.o_proj","model.text_model.layers.4.self_attn.o_proj","model.text_model.layers.5.self_attn.o_proj"],"threads":1,"totalSteps":40,"trainableParameters":2304,"trainingExamples":24,"truncatedExamples":0}','86478b4e09fc13dbaf958ea8388322c8c4de4340a9b9b243056b43803c7b1d42','baseline',NULL,NULL,NULL,NULL,58494976,842.72111225258151991,1.0091248969999999651,NULL,8,NULL,0,'{"evaluating":0,"measuring":0,"preparing":0.004120462,"training":1.004681379}');
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
INSERT INTO steps VALUES(1,1,11.319107055664062499,1.8082283735275268554,0.0,111,0.24929782600000000014);
INSERT INTO steps VALUES(1,2,11.855962753295898437,2.0271461009979248046,0.00030000001424923539161,96,0.18502915999999999807);
INSERT INTO steps VALUES(1,3,10.402764320373535156,1.821668863296508789,0.00060000002849847078323,110,0.26126714899999997632);
INSERT INTO steps VALUES(2,1,9.1026201248168945312,1.3821949958801269531,0.0,113,0.11295525700000000335);
INSERT INTO steps VALUES(2,2,11.027876853942871094,1.5065220594406127929,0.00030000001424923539161,104,0.14418472600000001304);
INSERT INTO steps VALUES(2,3,11.886766433715820312,2.1220362186431884765,0.00060000002849847078323,109,0.077495559000000005522);
INSERT INTO steps VALUES(2,4,10.091914176940917968,1.14171600341796875,0.00089999998454004526138,105,0.14457219299999998773);
INSERT INTO steps VALUES(2,5,10.780916213989257812,1.7406564950942993164,0.0012000000569969415664,111,0.12324022900000000668);
INSERT INTO steps VALUES(2,6,11.302931785583496093,1.6556245088577270507,0.0015000000130385160446,95,0.13458825599999998945);
INSERT INTO steps VALUES(2,7,12.846133232116699219,1.9618695974349975585,0.0017999999690800905227,102,0.11978703799999999846);
INSERT INTO steps VALUES(2,8,12.516480445861816406,3.0201425552368164062,0.0020999999251216650009,101,0.11678536500000000208);
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
INSERT INTO examples VALUES(1,0,replace('Question: Which organ does rasteitis affect?\n- brain [A]\n- heart [B]\n- liver [C]\n- lung [D]\nAnswer:','\n',char(10)),' heart. Final: [B]',replace(' cough\n','\n',char(10)),0.0,0,0.0,2);
INSERT INTO examples VALUES(1,1,replace('Question: Which organ does kutuitis affect?\n- ear [A]\n- lung [B]\n- skin [C]\n- throat [D]\nAnswer:','\n',char(10)),' throat. Final: [D]',replace(' theot does stomach\n','\n',char(10)),0.0,0,0.0,5);
INSERT INTO examples VALUES(1,2,replace('Question: Which drug treats nibiemia?\n- kotak [A]\n- misal [B]\n- dromir [C]\n- havex [D]\nAnswer:','\n',char(10)),' havex. Final: [D]',replace(' the "D]\n','\n',char(10)),0.0,0,1.0,5);
INSERT INTO examples VALUES(1,3,replace('Question: What is the family of the drug for deheemia?\n- lebeide [A]\n- vebraide [B]\n- tekiide [C]\n- simaide [D]\nAnswer:','\n',char(10)),' dritet, lebeide. Final: [A]',replace(' the the that that.\n','\n',char(10)),0.0,0,0.0,6);
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
INSERT INTO checkpoints VALUES(1,3,1795907015.691117525);
INSERT INTO checkpoints VALUES(2,8,1795907025.8920664786);
CREATE TABLE notices (
  id INTEGER PRIMARY KEY,
  run INTEGER,
  time REAL NOT NULL,
  level TEXT NOT NULL,
  text TEXT NOT NULL
);
INSERT INTO notices VALUES(1,1,1795907014.9000053405,'info','#1: 24 examples, plain text');
INSERT INTO notices VALUES(2,1,1795907015.9263896942,'good','#1 done: o_proj 0.0 ± 0.0 %, 2.3k parameters');
INSERT INTO notices VALUES(3,2,1795907024.8733599185,'info','#2: 24 examples, plain text');
CREATE TABLE speeds (
  key TEXT PRIMARY KEY,
  measurement TEXT NOT NULL
) WITHOUT ROWID;
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('runs',2);
COMMIT;
