// The broker as a user of Node would write it: aws-jwt-verify for the token, the SDK for the call.
import { ConnectClient, StartAttachedFileUploadCommand } from '@aws-sdk/client-connect';
import { JwtVerifier } from 'aws-jwt-verify';
import { validateCognitoJwtFields } from 'aws-jwt-verify/cognito-verifier';

const connect = new ConnectClient({});
const verifier = JwtVerifier.create({
  issuer: process.env.ISSUER,
  jwksUri: process.env.JWKS_URL,
  audience: null,
  scope: 'broker/attachments.write',
  customJwtCheck: ({ payload }) =>
    validateCognitoJwtFields(payload, { tokenUse: 'access', clientId: process.env.AUDIENCE }),
});

export async function handler(event) {
  const [scheme, token] = event.headers.authorization.split(' ');
  if (scheme !== 'Bearer') return answer(401, { message: 'Unauthorized' });
  const claims = await verifier.verify(token);
  const asked = JSON.parse(event.body);
  const upload = await connect.send(
    new StartAttachedFileUploadCommand({
      InstanceId: process.env.CONNECT_INSTANCE_ARN,
      FileName: asked.fileName,
      FileSizeInBytes: asked.fileSizeInBytes,
      FileUseCaseType: 'ATTACHMENT',
      AssociatedResourceArn: asked.associatedResourceArn,
      CreatedBy: { ConnectUserArn: claims.connect_user_arn },
    }),
  );
  console.log(JSON.stringify({ caller: claims.sub, size: asked.fileSizeInBytes }));
  const target = upload.UploadUrlMetadata;
  return answer(201, { url: target.Url, headers: target.HeadersToInclude });
}

function answer(statusCode, body) {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
