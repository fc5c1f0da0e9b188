// The official SDK, unchanged, manages webhooks; the destination is here, and checks signatures with node:crypto.
import assert from 'node:assert/strict';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import Nylas from 'nylas';

const { apiUri, apiKey } = JSON.parse(process.env.SDK_TEST);
const nylas = new Nylas({ apiKey, apiUri });
const deadline = AbortSignal.timeout(60_000);

let server, webhookUrl, webhook, secret;
let arrived = [];
let wake = () => {};

const signedBy = (key, { body, signature }) =>
  timingSafeEqual(createHmac('sha256', key).update(body).digest(), Buffer.from(signature, 'hex'));
const next = async () => {
  while (!arrived.length) {
    deadline.throwIfAborted();
    await new Promise((resolve) => { wake = resolve; deadline.addEventListener('abort', resolve, { once: true }); });
  }
  return arrived.shift();
};
// The SDK has no call for it.
const sendTest = async () => {
  const answer = await fetch(`${apiUri}/v3/webhooks/${webhook.id}/test`, {
    method: 'POST', headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' }, body: '{}',
  });
  assert.equal(answer.status, 200);
};

before(async () => {
  server = createServer(async (request, response) => {
    if (request.method === 'GET') {
      return response.end(nylas.webhooks.extractChallengeParameter(`http://localhost${request.url}`));
    }
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    arrived.push({ body: Buffer.concat(pieces), signature: request.headers['x-nylas-signature'] });
    response.end();
    wake();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  webhookUrl = `http://127.0.0.1:${server.address().port}/hook`;
});
after(() => server.close());

test('a webhook is created, found and listed', async () => {
  const requestBody = {
    triggerTypes: ['message.created', 'grant.expired'], webhookUrl, description: 'd', notificationEmailAddresses: ['a@b.c'],
  };
  ({ data: webhook } = await nylas.webhooks.create({ requestBody }));
  secret = webhook.webhookSecret;
  assert.ok(secret);
  const { data } = await nylas.webhooks.find({ webhookId: webhook.id });
  assert.deepEqual([data.description, data.triggerTypes, data.webhookUrl, data.status, data.notificationEmailAddresses],
    ['d', ['message.created', 'grant.expired'], webhookUrl, 'active', ['a@b.c']]);
  assert.equal(data.webhookSecret, undefined);
  assert.equal(typeof data.createdAt, 'number');
  assert.ok((await nylas.webhooks.list()).data.some((one) => one.id === webhook.id));
});

test('what is delivered is signed', async () => {
  await sendTest();
  const notification = await next();
  assert.ok(signedBy(secret, notification));
  assert.equal(JSON.parse(notification.body).type, 'message.created');
});

test('a rotated secret takes the place of the old one', async () => {
  const { data } = await nylas.webhooks.rotateSecret({ webhookId: webhook.id });
  assert.notEqual(data.webhookSecret, secret);
  await sendTest();
  const notification = await next();
  assert.ok(signedBy(data.webhookSecret, notification));
  assert.ok(!signedBy(secret, notification));
});

test('a webhook is updated and destroyed', async () => {
  const { data } = await nylas.webhooks.update({ webhookId: webhook.id, requestBody: { description: 'd2' } });
  assert.deepEqual([data.description, data.triggerTypes], ['d2', ['message.created', 'grant.expired']]);
  assert.equal((await nylas.webhooks.destroy({ webhookId: webhook.id })).data.status, 'success');
  await assert.rejects(nylas.webhooks.find({ webhookId: webhook.id }), (error) => error.statusCode === 404);
});

test('addresses that deliveries come from are told', async () => {
  const { data } = await nylas.webhooks.ipAddresses();
  assert.ok(Array.isArray(data.ipAddresses));
  assert.equal(typeof data.updatedAt, 'number');
});

test('an unknown trigger is named', async () => {
  await assert.rejects(nylas.webhooks.create({ requestBody: { triggerTypes: ['message.creatd'], webhookUrl } }),
    (error) => error.statusCode === 400 && error.message.includes('message.creatd'));
});
