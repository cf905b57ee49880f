// A minimal Runtime API client, because AWS's own compiles libcurl when it is installed. It costs less than AWS's, to
// Node's advantage.
import { request, Agent } from 'node:http';
import { handler } from './handler.mjs';

const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new Agent({ keepAlive: true });

for (;;) {
  const { headers, body } = await call('GET', 'next');
  const id = headers['lambda-runtime-aws-request-id'];
  try {
    await call('POST', `${id}/response`, JSON.stringify(await handler(JSON.parse(body))));
  } catch ({ name, message }) {
    await call('POST', `${id}/error`, JSON.stringify({ errorType: name, errorMessage: message }));
  }
}

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const options = { hostname, port, agent, method, path: `/2018-06-01/runtime/invocation/${path}` };
    const sent = request(options, async (answer) => {
      let text = '';
      for await (const chunk of answer.setEncoding('utf8')) text += chunk;
      resolve({ headers: answer.headers, body: text });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
