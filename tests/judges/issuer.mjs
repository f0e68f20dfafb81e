// An issuer that is certified for OpenID Connect. Prints its address; `POST /rotate` gives it new keys, the old
// ones being published on as they should be.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";

let made = 0;
const key = () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  made += 1;
  return { ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: `key-${made}` };
};

let keys = [key()];
let provider;

const server = createServer((request, response) => {
  if (request.method === "POST" && request.url === "/rotate") {
    keys = [key(), ...keys];
    provider = open();
    response.end("rotated");
    return;
  }
  provider.callback()(request, response);
});

function open() {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  return new Provider(issuer, {
    jwks: { keys },
    clients: [
      {
        client_id: "robot",
        client_secret: "a secret of the robot, long enough",
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
      },
    ],
    extraTokenClaims: () => ({ email: "robot@x.example" }),
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, resource) => ({
          scope: "",
          audience: resource === "https://gate.example/" ? "gate" : resource,
          accessTokenTTL: 300,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
  });
}

server.listen(0, "127.0.0.1", () => {
  provider = open();
  console.log(`http://127.0.0.1:${server.address().port}`);
});
