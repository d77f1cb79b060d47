import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import {
  connectionError,
  fetchTransport,
  GatewayError,
  type GenerateCall,
  leanTransport,
  readEvents,
  readJson,
  type Transport,
} from "headgate/kit";
import { afterEach, describe, expect, it } from "vitest";

const call: GenerateCall = {
  request: { messages: [{ role: "user", content: "x" }] },
  model: { name: "m", id: "m", capabilities: {}, limit: {}, options: {} },
  credential: { id: "d", account: "d" },
  mode: "complete",
  signal: new AbortController().signal,
  connectMs: 50,
  clock: { now: () => 0, after: () => () => {}, chance: () => 0 },
  report: () => {},
};

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const serve = async (listener: RequestListener): Promise<string> => {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
};

const codeOf = async (promise: Promise<unknown>): Promise<string | undefined> => {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  return GatewayError.is(error) ? error.code : `plain ${String(error)}`;
};

describe.each([
  ["lean", () => leanTransport()],
  ["fetch", () => fetchTransport()],
])("the %s transport", (_name, make: () => Transport) => {
  it("carries method, headers and body, and brings status, headers and JSON", async () => {
    let seen: unknown;
    const url = await serve(async (request, response) => {
      const body = (await request.toArray()).join("");
      seen = { method: request.method, sent: request.headers["x-sent"], body };
      response.writeHead(201, { "content-type": "application/json", "x-back": "yes" }).end('{"ok": true}');
    });
    const transport = make();
    const response = await transport.fetch(url, {
      method: "POST",
      headers: new Headers({ "x-sent": "1" }),
      body: "hello",
    });
    expect(seen).toEqual({ method: "POST", sent: "1", body: "hello" });
    expect([response.status, response.ok, response.headers.get("X-Back")]).toEqual([201, true, "yes"]);
    expect(await readJson(response, { provider: "v" })).toEqual({ ok: true });
    await transport.close?.();
  });

  it("S9: whoever stops reading closes the connection, also while a read waits", async () => {
    let closed: () => void = () => {};
    const whenClosed = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const url = await serve((_request, response) => {
      response.on("close", closed);
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: 1\n\n");
    });
    const events = readEvents(await make().fetch(url), { provider: "v" });
    expect((await events.next()).value).toEqual([{ event: "", data: "1" }]);
    const waiting = events.next();
    events.return?.();
    await whenClosed;
    await waiting.catch(() => {});
    expect((await events.next()).done).toBe(true);
  });

  it("a refused connection was never sent", async () => {
    const url = await serve(() => {});
    await new Promise((resolve) => server?.close(resolve));
    const thrown = await make()
      .fetch(url, { method: "POST", body: "x" })
      .catch((error: unknown) => error);
    expect(connectionError(call, "v", thrown)).toMatchObject({ code: "network", details: { sent: false } });
  });

  it("a connection that breaks before the headers may have been sent", async () => {
    const url = await serve((request) => request.socket.resetAndDestroy());
    const thrown = await make()
      .fetch(url, { method: "POST", body: "x" })
      .catch((error: unknown) => error);
    const error = connectionError(call, "v", thrown);
    expect(error.code).toBe("network");
    expect(error.details).not.toHaveProperty("sent");
  });

  it("S9: an abort closes the connection, before the headers and after", async () => {
    let closings = 0;
    let whenBoth: () => void = () => {};
    const both = new Promise<void>((resolve) => {
      whenBoth = resolve;
    });
    const url = await serve((request, response) => {
      response.on("close", () => {
        closings += 1;
        if (closings === 2) whenBoth();
      });
      if (request.headers["x-mode"] !== "silent")
        response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
    });
    const transport = make();
    const silent = new AbortController();
    const pending = transport.fetch(url, { headers: { "x-mode": "silent" }, signal: silent.signal });
    const begun = new AbortController();
    const response = await transport.fetch(url, { signal: begun.signal });
    const read = readEvents(response, { provider: "v", signal: begun.signal }).next();
    silent.abort();
    begun.abort();
    await expect(pending).rejects.toBeDefined();
    await expect(read).rejects.toBeDefined();
    await both;
  });

  it("S1 JSON that ends anywhere before its end is stream_truncated, also where no header says how long it is", async () => {
    const text = JSON.stringify({ a: [{ b: '}"]\\' }, { c: {} }], d: "é" });
    for (let end = 0; end < text.length; end += 1) {
      const code = await codeOf(readJson(new Response(text.slice(0, end)), { provider: "v" }));
      expect(code, text.slice(0, end)).toBe("stream_truncated");
    }
    for (const none of ['{"a": x}', "{}}", "hello", '{"a":1}x']) {
      expect(await codeOf(readJson(new Response(none), { provider: "v" })), none).toBe("protocol");
    }
  });

  it("a body that breaks off is stream_truncated, by FIN and by RST, whole and streamed", async () => {
    const url = await serve((request, response) => {
      const streamed = request.headers["x-mode"] === "stream";
      response.writeHead(200, {
        "content-type": streamed ? "text/event-stream" : "application/json",
        ...(!streamed && { "content-length": "100" }),
      });
      response.write(streamed ? "data: 1\n\n" : '{"a": ', () => {
        if (request.headers["x-cut"] === "rst") response.socket?.resetAndDestroy();
        else response.socket?.end();
      });
    });
    const transport = make();
    for (const cut of ["fin", "rst"]) {
      const whole = await transport.fetch(url, { headers: { "x-cut": cut } });
      expect(await codeOf(readJson(whole, { provider: "v" }))).toBe("stream_truncated");
      const events = readEvents(await transport.fetch(url, { headers: { "x-cut": cut, "x-mode": "stream" } }), {
        provider: "v",
      });
      const drain = async (): Promise<void> => {
        for await (const _ of events);
      };
      expect(await codeOf(drain())).toBe("stream_truncated");
    }
  });

  it("S7: a body beyond the cap is a protocol error; a page is one too; JSON under another name is not", async () => {
    const url = await serve((request, response) => {
      const mode = request.headers["x-mode"];
      if (mode === "large") return void response.writeHead(200).end(`"${"x".repeat(5_000)}"`);
      if (mode === "page") return void response.writeHead(200, { "content-type": "text/html" }).end("<html></html>");
      response.writeHead(200, { "content-type": "application/octet-stream" }).end('{"a": 1}');
    });
    const get = (mode: string) => make().fetch(url, { headers: { "x-mode": mode } });
    expect(await codeOf(readJson(await get("large"), { provider: "v", maxBytes: 1_000 }))).toBe("protocol");
    expect(await codeOf(readJson(await get("page"), { provider: "v" }))).toBe("protocol");
    expect(await readJson(await get("other"), { provider: "v" })).toEqual({ a: 1 });
  });
});

describe("the lean transport alone", () => {
  it("a connection that does not come about is a timeout of its own clock, and was never sent", async () => {
    // Accepts the connection, and never answers to the handshake.
    const mute = createTcpServer();
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    const url = `https://127.0.0.1:${(mute.address() as AddressInfo).port}/`;
    const transport = leanTransport();
    const thrown = await transport.fetch(url, { connectMs: call.connectMs }).catch((error: unknown) => error);
    expect(connectionError(call, "v", thrown)).toMatchObject({
      code: "timeout",
      details: { clock: "connect", limitMs: 50, sent: false },
    });
    await transport.close?.();
    mute.close();
  });

  it("asks for what it can read: nothing is packed", async () => {
    const url = await serve((request, response) => response.end(JSON.stringify(request.headers["accept-encoding"])));
    expect(await readJson(await leanTransport().fetch(url), { provider: "v" })).toBe("identity");
  });

  it("follows no redirect", async () => {
    const url = await serve((_request, response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end());
    expect((await leanTransport().fetch(url)).status).toBe(302);
  });
});
