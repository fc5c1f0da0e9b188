// The official SDK, unchanged, writes drafts with small and large files. Run by test_sdk.py, which then reads the drafts
// that are left here from the mail server.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import Nylas from 'nylas';

const { apiUri, apiKey, grantId, draftFiles } = JSON.parse(process.env.SDK_TEST);
const nylas = new Nylas({ apiKey, apiUri });
const identifier = grantId;
const to = [{ email: 'bob@example.test', name: 'Bób' }];

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const refused = (call, status, type) =>
  assert.rejects(call, (error) => error.statusCode === status && error.type === type && Boolean(error.requestId));

// As test_sdk.py makes them: three for a JSON body, two that are too large for it.
const bytesOf = ({ size, factor }) => Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * factor) % 251));
const file = (name, form) => {
  const { filename, contentType, size } = draftFiles[name];
  const bytes = bytesOf(draftFiles[name]);
  const content = { base64: () => bytes.toString('base64'), buffer: () => bytes, stream: () => Readable.from([bytes]) }[form]();
  return { filename, contentType, size, content };
};
const assertFiles = async (draft, names) => {
  assert.deepEqual(draft.attachments.map((one) => one.filename), names.map((name) => draftFiles[name].filename));
  for (const [i, { id, contentType, size }] of draft.attachments.entries()) {
    const expected = draftFiles[names[i]];
    assert.deepEqual([contentType.split(';')[0], size], [expected.contentType, expected.size]);
    const bytes = await nylas.attachments.downloadBytes({ identifier, attachmentId: id, queryParams: { messageId: draft.id } });
    assert.equal(sha256(bytes), expected.sha256);
  }
};
const find = async (draftId) => (await nylas.drafts.find({ identifier, draftId })).data;

test('a draft with files of each kind is created, found, listed and updated', async () => {
  const attachments = [file('text', 'base64'), file('image', 'buffer'), file('sheet', 'stream')];
  const customHeaders = [{ name: 'X-Order', value: 'Nº 4711' }];
  const requestBody = { to, subject: 'Angebot für Größe', body: '<p>Grüße</p>', starred: true, customHeaders, attachments };
  const { data, requestId } = await nylas.drafts.create({ identifier, requestBody });
  assert.ok(requestId);
  assert.deepEqual([data.object, data.grantId, data.subject, data.starred], ['draft', grantId, 'Angebot für Größe', true]);
  assert.deepEqual(data.to, to);
  const found = await find(data.id);
  assert.ok(found.body.includes('<p>Grüße</p>'));
  await assertFiles(found, ['text', 'image', 'sheet']);
  const listed = (await nylas.drafts.list({ identifier, queryParams: { subject: 'Angebot für Größe' } })).data;
  assert.deepEqual(listed.map((one) => one.id), [data.id]);

  const changed = await nylas.drafts.update({ identifier, draftId: data.id, requestBody: { subject: 'Neues Angebot', starred: false } });
  assert.deepEqual([changed.data.id, changed.data.subject, changed.data.starred], [data.id, 'Neues Angebot', false]);
  const again = await find(data.id);
  assert.deepEqual([again.subject, again.starred, again.to], ['Neues Angebot', false, to]);
  await assertFiles(again, ['text', 'image', 'sheet']);
});

test('large files go as a form, from a buffer and from a stream', async () => {
  const requestBody = { to, subject: 'Große Pläne', body: '<p>Anbei</p>', attachments: [file('plan', 'buffer'), file('film', 'stream')] };
  const { data } = await nylas.drafts.create({ identifier, requestBody });
  await assertFiles(await find(data.id), ['plan', 'film']);
  const attachments = [file('film', 'stream'), file('text', 'base64')];
  const changed = await nylas.drafts.update({ identifier, draftId: data.id, requestBody: { body: '<p>Nur der Film</p>', attachments } });
  assert.equal(changed.data.subject, 'Große Pläne');
  const found = await find(data.id);
  assert.ok(found.body.includes('Nur der Film'));
  await assertFiles(found, ['film', 'text']);
});

test('a file that was uploaded ahead is attached', async () => {
  const { filename, contentType, size } = draftFiles.film;
  const bytes = bytesOf(draftFiles.film);
  const { data } = await nylas.attachments.createUploadSession({ identifier, requestBody: { filename, contentType, size } });
  const { attachmentId, method, url, headers } = data;
  assert.deepEqual([data.filename, data.size, data.grantId], [filename, size, grantId]);
  assert.ok(Date.parse(data.expiresAt) > Date.now() && data.maxSize >= size);
  const complete = async () => (await nylas.attachments.completeUploadSession({ identifier, attachmentId })).data.status;
  assert.equal(await complete(), 'uploading');
  const stranger = await fetch(url.replace(/[^/]+$/, 'guessed'), { method, headers, body: 'stolen' });
  assert.equal(stranger.status, 404);
  const sent = await fetch(url, { method, headers, body: Readable.toWeb(Readable.from([bytes])), duplex: 'half' });
  assert.equal(sent.status, 200);
  assert.equal(await complete(), 'ready');
  const requestBody = { to, subject: 'Im Voraus', attachments: [{ id: attachmentId }] };
  await assertFiles(await find((await nylas.drafts.create({ identifier, requestBody })).data.id), ['film']);
});

test('a draft is deleted', async () => {
  const { data } = await nylas.drafts.create({ identifier, requestBody: { to, subject: 'Weg damit' } });
  assert.ok((await nylas.drafts.destroy({ identifier, draftId: data.id })).requestId);
  await refused(nylas.drafts.find({ identifier, draftId: data.id }), 404, 'api.not_found_error');
  assert.ok(!(await nylas.drafts.list({ identifier })).data.some((one) => one.id === data.id));
});

test('what makes no sense is refused', async () => {
  const create = (requestBody) => nylas.drafts.create({ identifier, requestBody });
  await refused(create({ to, subject: 'Harmlos\r\nBcc: eve@example.test' }), 400, 'api.invalid_request_error');
  await refused(create({ to, customHeaders: [{ name: 'X-A', value: 'b\nBcc: eve@example.test' }] }), 400, 'api.invalid_request_error');
  await refused(create({ to: [{ email: 'bob@example.test>\r\nBcc: eve@example.test' }] }), 400, 'api.invalid_request_error');
  await refused(create({ to, attachments: [{ filename: 'a', contentType: 'text/plain', content: '%%%' }] }), 400, 'api.invalid_request_error');
  const unknown = { identifier, draftId: '0123456789abcdef' };
  await refused(nylas.drafts.find(unknown), 404, 'api.not_found_error');
  await refused(nylas.drafts.update({ ...unknown, requestBody: { subject: 'S' } }), 404, 'api.not_found_error');
  await refused(nylas.drafts.destroy(unknown), 404, 'api.not_found_error');
});
