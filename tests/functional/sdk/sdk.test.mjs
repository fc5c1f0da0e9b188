// The official SDK, unchanged, reads an account. Run by test_sdk.py, which puts known messages on a real mail server
// and tells by SDK_TEST (JSON) the address, the key, the grant and what the answers must be.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import Nylas from 'nylas';

const { apiUri, apiKey, grantId, address, messages, folders, conversation, attachments } =
  JSON.parse(process.env.SDK_TEST);
const nylas = new Nylas({ apiKey, apiUri });
const identifier = grantId;
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const newestFirst = [...messages].sort((a, b) => b.date - a.date);

const bySubject = async (subject) => {
  const { data } = await nylas.messages.list({ identifier, queryParams: { subject, limit: 50 } });
  return data.find((message) => message.subject === subject);
};

test('grants are listed and found by id and by address', async () => {
  const { data } = await nylas.grants.list();
  assert.deepEqual(data.map((grant) => grant.id), [grantId]);
  for (const id of [grantId, address]) {
    const found = (await nylas.grants.find({ grantId: id })).data;
    assert.equal(found.id, grantId);
    assert.equal(found.email, address);
    assert.equal(found.provider, 'imap');
    assert.equal(found.grantStatus, 'valid');
    assert.equal(typeof found.createdAt, 'number');
    assert.ok(Array.isArray(found.scope));
  }
});

test('a grant shows no password', async () => {
  const { data } = await nylas.grants.find({ grantId });
  assert.ok(!JSON.stringify(data).includes(messages[0].password));
});

test('folders carry names, roles, parents and counts', async () => {
  const { data } = await nylas.folders.list({ identifier, queryParams: { limit: 50 } });
  for (const expected of folders) {
    const folder = data.find((one) => one.name === expected.name);
    assert.ok(folder, `no folder ${expected.name}`);
    assert.equal(folder.object, 'folder');
    assert.equal(folder.grantId, grantId);
    assert.equal(folder.totalCount, expected.total);
    assert.equal(folder.unreadCount, expected.unread);
    for (const attribute of expected.attributes) assert.ok(folder.attributes.includes(attribute), expected.name);
    if (expected.parent) assert.equal(folder.parentId, data.find((one) => one.name === expected.parent).id);
    assert.deepEqual((await nylas.folders.find({ identifier, folderId: folder.id })).data, folder);
  }
});

test('messages have the values that were sent', async () => {
  for (const expected of messages) {
    const message = await bySubject(expected.subject);
    assert.ok(message, `no message ${expected.subject}`);
    assert.equal(message.object, 'message');
    assert.equal(message.grantId, grantId);
    assert.equal(message.date, expected.date);
    assert.deepEqual(message.from, [expected.from]);
    assert.deepEqual(message.to, expected.to);
    assert.deepEqual(message.cc ?? [], expected.cc);
    assert.equal(message.unread, expected.unread);
    assert.equal(message.starred, expected.starred);
    assert.equal(message.attachments.length, expected.attachments);
    assert.ok(message.snippet.length <= 100 && message.snippet.length > 0);
    assert.ok(!message.snippet.includes('<'));
    const { body, ...found } = (await nylas.messages.find({ identifier, messageId: message.id })).data;
    assert.ok(body.includes(expected.bodyHas), expected.subject);
    delete message.body; // a list may leave bodies out
    assert.deepEqual(found, message);
  }
});

test('a message is found by its Message-ID and returns the raw bytes', async () => {
  const { subject, messageId, sha256: digest } = messages[0];
  const found = await nylas.messages.find({ identifier, messageId, queryParams: { fields: 'raw_mime' } });
  assert.equal(found.data.id, (await bySubject(subject)).id);
  assert.equal(sha256(Buffer.from(found.data.rawMime, 'base64url')), digest);
});

test('headers come when they are asked for', async () => {
  const message = await bySubject(messages[0].subject);
  const queryParams = { fields: 'include_headers' };
  const { data } = await nylas.messages.find({ identifier, messageId: message.id, queryParams });
  assert.ok(data.headers.some(({ name, value }) => name === 'Message-ID' && value === messages[0].messageId));
  assert.equal(message.headers, undefined);
});

test('filters narrow a list', async () => {
  const count = async (queryParams) =>
    (await nylas.messages.list({ identifier, queryParams: { ...queryParams, limit: 50 } })).data.length;
  const cut = newestFirst[3].date;
  assert.equal(await count({ unread: true }), messages.filter((one) => one.unread).length);
  assert.equal(await count({ starred: true }), messages.filter((one) => one.starred).length);
  assert.equal(await count({ hasAttachment: true }), messages.filter((one) => one.attachments).length);
  assert.equal(await count({ receivedAfter: cut }), messages.filter((one) => one.date > cut).length);
  assert.equal(await count({ receivedBefore: cut }), messages.filter((one) => one.date < cut).length);
  assert.equal(await count({ from: ['carla@example.test'] }),
    messages.filter((one) => one.from.email === 'carla@example.test').length);
  assert.equal(await count({ subject: 'in no subject' }), 0);
});

test('the mail server searches in its own grammar', async () => {
  const found = async (searchQueryNative, more = {}) =>
    (await nylas.messages.list({ identifier, queryParams: { searchQueryNative, limit: 50, ...more } })).data;
  const one = await found('SUBJECT "Größe & Gewicht"');
  assert.deepEqual(one.map((message) => message.subject), ['Größe & Gewicht']);
  const unseen = newestFirst.filter((message) => message.unread).map((message) => message.subject);
  assert.deepEqual((await found('UNSEEN')).map((message) => message.subject), unseen);
  const flagged = await found('UNSEEN', { starred: true, select: 'subject' });
  assert.deepEqual(flagged, newestFirst.filter((each) => each.unread && each.starred).map(({ subject }) => ({ subject })));
  const threads = await nylas.threads.list({ identifier, queryParams: { searchQueryNative: `SUBJECT "${conversation[0]}"` } });
  assert.equal(threads.data.length, 1);
  await assert.rejects(found('SUBJECT'), (error) => error.statusCode === 400 && error.message.includes('character 8'));
});

test('select answers the named fields alone', async () => {
  const { data } = await nylas.messages.list({ identifier, queryParams: { limit: 1, select: 'id,subject' } });
  assert.deepEqual(Object.keys(data[0]).sort(), ['id', 'subject']);
  assert.equal(data[0].subject, newestFirst[0].subject);
});

test('a limit above the page is filled, in order, without repeats', async () => {
  const { data } = await nylas.messages.list({ identifier, queryParams: { limit: 5 } });
  assert.deepEqual(data.map((one) => one.subject), newestFirst.slice(0, 5).map((one) => one.subject));
  const all = await nylas.messages.list({ identifier, queryParams: { limit: messages.length + 20 } });
  assert.equal(new Set(all.data.map((one) => one.id)).size, messages.length);
  assert.equal(all.data.length, messages.length);
  assert.equal(all.nextCursor, undefined);
});

test('iterating the pages ends', async () => {
  const seen = [];
  for await (const page of nylas.messages.list({ identifier, queryParams: { limit: 4 } })) {
    seen.push(...page.data.map((one) => one.subject));
  }
  assert.equal(new Set(seen).size, messages.length);
});

test('a conversation is one thread', async () => {
  const first = await bySubject(conversation[0]);
  const { data } = await nylas.threads.find({ identifier, threadId: first.threadId });
  const ids = await Promise.all(conversation.map(async (subject) => (await bySubject(subject)).id));
  assert.deepEqual([...data.messageIds].sort(), ids.sort());
  assert.equal(data.object, 'thread');
  assert.equal(data.latestDraftOrMessage.subject, conversation.at(-1));
  assert.ok(data.earliestMessageDate <= data.latestMessageReceivedDate);
  assert.ok(data.participants.some((one) => one.email === address));
  const listed = await nylas.threads.list({ identifier, queryParams: { limit: 50 } });
  assert.equal(listed.data.filter((one) => one.id === data.id).length, 1);
});

test('attachments are described and downloaded byte for byte', async () => {
  const message = await bySubject(attachments.subject);
  for (const expected of attachments.files) {
    const { id } = message.attachments.find((one) => one.filename === expected.filename);
    const query = { identifier, attachmentId: id, queryParams: { messageId: message.id } };
    const { data } = await nylas.attachments.find(query);
    assert.equal(data.filename, expected.filename);
    assert.equal(data.contentType.split(';')[0], expected.contentType);
    assert.equal(data.size, expected.size);
    assert.equal(sha256(await nylas.attachments.downloadBytes(query)), expected.sha256);
  }
});

const refusedWith = (statusCode, type) => (error) => {
  assert.equal(error.statusCode, statusCode);
  assert.equal(error.type, type);
  assert.ok(error.message.length > 0);
  assert.ok(error.requestId.length > 0);
  return true;
};

test('a wrong key is refused', async () => {
  for (const key of ['', 'hmd_wrong', `${apiKey}x`]) {
    const stranger = new Nylas({ apiKey: key, apiUri });
    await assert.rejects(stranger.grants.list(), refusedWith(401, 'api.authentication_error'));
    await assert.rejects(stranger.messages.list({ identifier }), refusedWith(401, 'api.authentication_error'));
  }
});

test('unknown ids answer not found', async () => {
  const notFound = refusedWith(404, 'api.not_found_error');
  await assert.rejects(nylas.messages.find({ identifier, messageId: '0'.repeat(25) }), notFound);
  await assert.rejects(nylas.messages.find({ identifier, messageId: '<no@such/id>' }), notFound);
  await assert.rejects(nylas.folders.find({ identifier, folderId: 'No/Such' }), notFound);
  await assert.rejects(nylas.threads.find({ identifier, threadId: 'x' }), notFound);
  for (const stranger of ['0'.repeat(25), 'nobody@example.test']) {
    await assert.rejects(nylas.messages.list({ identifier: stranger }),
      (error) => error.statusCode === 404 && error.requestId.length > 0);
  }
});

test('a page token that is none, or from another list, is refused', async () => {
  const refused = refusedWith(400, 'api.invalid_request_error');
  const list = (pageToken) => nylas.messages.list({ identifier, queryParams: { limit: 1, pageToken } });
  await assert.rejects(list('not-a-token'), refused);
  const threads = await fetch(`${apiUri}/v3/grants/${grantId}/threads?limit=1`,
    { headers: { authorization: `Bearer ${apiKey}` } }).then((answer) => answer.json());
  await assert.rejects(list(threads.next_cursor), refused);
});

test('an impossible limit is refused', async () => {
  for (const limit of ['-1', 'many']) {
    await assert.rejects(nylas.messages.list({ identifier, queryParams: { limit } }),
      refusedWith(400, 'api.invalid_request_error'));
  }
});
