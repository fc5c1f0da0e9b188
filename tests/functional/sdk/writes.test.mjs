// The official SDK, unchanged, changes messages, threads and folders. Run by test_sdk.py, which then compares the mail
// server with the API.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import Nylas from 'nylas';

const { apiUri, apiKey, grantId, conversation } = JSON.parse(process.env.SDK_TEST);
const nylas = new Nylas({ apiKey, apiUri });
const identifier = grantId;

const bySubject = async (subject) =>
  (await nylas.messages.list({ identifier, queryParams: { subject, limit: 50 } })).data.find((one) => one.subject === subject);
const refused = (call, status, type) =>
  assert.rejects(call, (error) => error.statusCode === status && error.type === type && Boolean(error.requestId));

test('a message is flagged, moved and given metadata', async () => {
  const message = await bySubject('Lunch?');
  const { data: archive } = await nylas.folders.create({ identifier, requestBody: { name: 'Akten' } });
  const requestBody = { starred: true, unread: false, folders: [archive.id], metadata: { orderNumber: '4711' } };
  const { data } = await nylas.messages.update({ identifier, messageId: message.id, requestBody });
  assert.deepEqual([data.starred, data.unread, data.folders], [true, false, [archive.id]]);
  const found = (await nylas.messages.find({ identifier, messageId: message.id })).data;
  assert.deepEqual([found.starred, found.unread, found.folders], [true, false, [archive.id]]);
  assert.deepEqual(found.metadata, { orderNumber: '4711' });
});

test('a message goes to the trash', async () => {
  const message = await bySubject('Invoice 4711');
  const { requestId } = await nylas.messages.destroy({ identifier, messageId: message.id });
  assert.ok(requestId);
  const trash = (await nylas.folders.find({ identifier, folderId: 'trash' })).data;
  assert.deepEqual((await nylas.messages.find({ identifier, messageId: message.id })).data.folders, [trash.id]);
});

test('a thread is changed as a whole', async () => {
  const { threadId } = await bySubject(conversation[0]);
  const { data } = await nylas.threads.update({ identifier, threadId, requestBody: { unread: false, starred: true } });
  assert.deepEqual([data.unread, data.starred], [false, true]);
  for (const subject of conversation) assert.equal((await bySubject(subject)).unread, false);
  await nylas.threads.destroy({ identifier, threadId });
});

test('folders are made, renamed and deleted', async () => {
  const { data: parent } = await nylas.folders.create({ identifier, requestBody: { name: 'Räume' } });
  const { data: child } = await nylas.folders.create({ identifier, requestBody: { name: 'innen', parentId: parent.id } });
  assert.equal(child.parentId, parent.id);
  const renamed = await nylas.folders.update({ identifier, folderId: parent.id, requestBody: { name: 'Zimmer' } });
  assert.equal(renamed.data.name, 'Zimmer');
  assert.equal((await nylas.folders.find({ identifier, folderId: 'Zimmer/innen' })).data.id, child.id);
  const { data: other } = await nylas.folders.create({ identifier, requestBody: { name: 'Weg' } });
  assert.ok((await nylas.folders.destroy({ identifier, folderId: other.id })).requestId);
  await refused(nylas.folders.find({ identifier, folderId: other.id }), 404, 'api.not_found_error');
});

test('what makes no sense is refused', async () => {
  const { id: messageId } = await bySubject('Quarterly report');
  await refused(nylas.messages.update({ identifier, messageId, requestBody: { folders: ['no such'] } }), 400, 'api.invalid_request_error');
  await refused(nylas.messages.update({ identifier, messageId: '<a/b+c=@x>', requestBody: { unread: true } }), 404, 'api.not_found_error');
  await refused(nylas.messages.list({ identifier, queryParams: { pageToken: 'stale' } }), 400, 'api.invalid_request_error');
  const other = new Nylas({ apiKey: 'hmd_wrong', apiUri });
  await refused(other.messages.update({ identifier, messageId, requestBody: { unread: true } }), 401, 'api.authentication_error');
});
