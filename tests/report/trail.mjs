// node trail.mjs SCHEMA FILE...: holds CloudTrail files to a JSON Schema with ajv; exit 1 if one is
// not by it, or if the schema lets a spoiled record pass.
import Ajv from 'ajv';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

const [schemaFile, ...files] = process.argv.slice(2);
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false, allowUnionTypes: true });
const isTrail = ajv.compile(read(schemaFile));

let wrong = 0;
const complain = (text) => {
  console.log(text);
  wrong += 1;
};
if (files.length === 0) complain('no file was given');
for (const file of files) {
  const trail = read(file);
  if (trail.Records.length === 0) complain(`${basename(file)}: no record`);
  if (!isTrail(trail)) {
    const { instancePath, message } = isTrail.errors[0];
    complain(`${basename(file)}: ${instancePath} ${message}`);
  }
  const spoil = [
    (record) => delete record.eventID,
    (record) => (record.eventTime = '2026-11-20 10:00'),
    (record) => (record.recipientAccountId = 12),
    (record) => (record.mood = 'good'),
  ];
  for (const [i, change] of spoil.entries()) {
    const record = structuredClone(trail.Records[trail.Records.length >> 1]);
    change(record);
    if (isTrail({ Records: [record] })) complain(`${basename(file)}: spoiled record ${i} passes`);
  }
  console.log(`ok ${basename(file)}: ${trail.Records.length} records`);
}
process.exit(wrong === 0 ? 0 : 1);
