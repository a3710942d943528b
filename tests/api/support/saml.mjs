// Identity providers of SAML: a real one (samlify), and assertions that are made and signed by hand, to be wrong.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import samlify from 'samlify';
import { SignedXml } from 'xml-crypto';
import { temporaryFolder } from './keeper.mjs';

const post = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';
const redirect = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';
export const claims = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/';

/** A key and a certificate for it: { key, certificate (PEM), base64 }. */
export async function makeKey(type = 'rsa:2048') {
  const folder = await temporaryFolder();
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', ...type.split(' '), '-nodes', '-keyout', key, '-out', certificate, '-days', '2', '-subj', '/CN=idp'], { stdio: 'ignore' });
  const pem = readFileSync(certificate, 'utf8');
  return { key: readFileSync(key, 'utf8'), certificate: pem, base64: pem.replace(/-----.*-----|\s/g, '') };
}

const descriptor = (base64, use) => `<KeyDescriptor use="${use}"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${base64}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>`;

export const spMetadata = ({ entity, acs, signsRequests = false, encryption }) =>
  `<EntityDescriptor entityID="${entity}" xmlns="urn:oasis:names:tc:SAML:2.0:metadata"><SPSSODescriptor AuthnRequestsSigned="${signsRequests}" WantAssertionsSigned="true" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${signsRequests ? descriptor(signsRequests, 'signing') : ''}${encryption ? descriptor(encryption, 'encryption') : ''}<NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</NameIDFormat><AssertionConsumerService isDefault="true" index="0" Binding="${post}" Location="${acs}"/></SPSSODescriptor></EntityDescriptor>`.replace(/AuthnRequestsSigned="MII[^"]*"/, 'AuthnRequestsSigned="true"');

export const idpMetadata = ({ entity, sso, slo, certificates, wantsSigned = false }) =>
  `<EntityDescriptor entityID="${entity}" xmlns="urn:oasis:names:tc:SAML:2.0:metadata"><IDPSSODescriptor WantAuthnRequestsSigned="${wantsSigned}" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${certificates.map((base64) => descriptor(base64, 'signing')).join('')}<NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</NameIDFormat><SingleSignOnService Binding="${redirect}" Location="${sso}"/><SingleLogoutService Binding="${redirect}" Location="${slo}"/></IDPSSODescriptor></EntityDescriptor>`;

/** The XML of the request that an address carries. */
export const requestIn = (location) => String(inflateRawSync(Buffer.from(new URL(location).searchParams.get('SAMLRequest'), 'base64')));

const id = () => `_${randomBytes(16).toString('hex')}`;
const at = (seconds) => new Date(Date.now() + seconds * 1000).toISOString();

/** An assertion that is right in everything but what `change` says; not signed. */
export function makeAssertion(change = {}) {
  const a = { id: id(), issuer: 'https://idp.example.com', audience: 'https://cms.example.com/saml', recipient: undefined, request: undefined, from: at(-10), until: at(120), confirmedUntil: at(120), name: 'ann@corp.example.com', method: 'urn:oasis:names:tc:SAML:2.0:cm:bearer', attributes: { [`${claims}nameidentifier`]: 'Ann-1', [`${claims}emailaddress`]: 'ann@corp.example.com', [`${claims}givenname`]: 'Ann', [`${claims}surname`]: 'Lee' }, ...change };
  const attribute = (name, value) => (value === undefined ? '' : ` ${name}="${value}"`);
  const conditions = a.conditions ?? `<saml:Conditions${attribute('NotBefore', a.from)}${attribute('NotOnOrAfter', a.until)}>${a.audience ? `<saml:AudienceRestriction><saml:Audience>${a.audience}</saml:Audience></saml:AudienceRestriction>` : ''}</saml:Conditions>`;
  return `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${a.id}" Version="2.0" IssueInstant="${at(0)}"><saml:Issuer>${a.issuer}</saml:Issuer><saml:Subject><saml:NameID>${a.name}</saml:NameID><saml:SubjectConfirmation Method="${a.method}"><saml:SubjectConfirmationData${attribute('NotOnOrAfter', a.confirmedUntil)}${attribute('Recipient', a.recipient)}${attribute('InResponseTo', a.request)}/></saml:SubjectConfirmation></saml:Subject>${conditions}<saml:AuthnStatement AuthnInstant="${at(-5)}" SessionIndex="s1"${attribute('SessionNotOnOrAfter', a.session)}><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>${Object.entries(a.attributes).map(([name, value]) => `<saml:Attribute Name="${name}"><saml:AttributeValue>${value}</saml:AttributeValue></saml:Attribute>`).join('')}</saml:AttributeStatement></saml:Assertion>`;
}

/** A response around it. */
export function makeResponse(inner, change = {}) {
  const r = { id: id(), issuer: 'https://idp.example.com', destination: undefined, request: undefined, status: 'urn:oasis:names:tc:SAML:2.0:status:Success', ...change };
  const attribute = (name, value) => (value === undefined ? '' : ` ${name}="${value}"`);
  return `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${r.id}" Version="2.0" IssueInstant="${at(0)}"${attribute('Destination', r.destination)}${attribute('InResponseTo', r.request)}><saml:Issuer>${r.issuer}</saml:Issuer><samlp:Status><samlp:StatusCode Value="${r.status}"/></samlp:Status>${inner}</samlp:Response>`;
}

/** Signs the element of that local name in the XML; the signature comes behind its issuer. */
export function sign(xml, name, { key, certificate }, { hash = 'sha256', transforms } = {}) {
  const signer = new SignedXml({
    privateKey: key, publicCert: certificate, canonicalizationAlgorithm: 'http://www.w3.org/2001/10/xml-exc-c14n#',
    signatureAlgorithm: hash === 'sha1' ? 'http://www.w3.org/2000/09/xmldsig#rsa-sha1' : 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  });
  const xpath = `//*[local-name(.)='${name}']`;
  signer.addReference({
    xpath, transforms: transforms ?? ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', 'http://www.w3.org/2001/10/xml-exc-c14n#'],
    digestAlgorithm: hash === 'sha1' ? 'http://www.w3.org/2000/09/xmldsig#sha1' : 'http://www.w3.org/2001/04/xmlenc#sha256',
  });
  signer.computeSignature(xml, { location: { reference: `${xpath}/*[local-name(.)='Issuer']`, action: 'after' } });
  return signer.getSignedXml();
}

/** An identity provider of samlify. `sp` is the service provider's metadata. */
export function makeSamlify({ metadata, key, sp, encrypt = false, signMessage = false }) {
  samlify.setSchemaValidator({ validate: () => Promise.resolve('valid') });
  const template = { context: samlify.SamlLib.defaultLoginResponseTemplate.context, attributes: [['mail', `${claims}emailaddress`], ['id', `${claims}nameidentifier`]].map(([valueTag, name]) => ({ name, valueTag, nameFormat: 'urn:oasis:names:tc:SAML:2.0:attrname-format:basic', valueXsiType: 'xs:string' })) };
  const idp = samlify.IdentityProvider({ metadata, privateKey: key, isAssertionEncrypted: encrypt, messageSigningOrder: 'sign-then-encrypt', loginResponseTemplate: template, ...(encrypt && { dataEncryptionAlgorithm: 'http://www.w3.org/2001/04/xmlenc#aes256-cbc', keyEncryptionAlgorithm: 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p' }) });
  const provider = samlify.ServiceProvider({ metadata: sp, ...(signMessage && { wantMessageSigned: true }) });
  // The answer, in base64, to the request that the address carries.
  async function answer(location, user) {
    const query = Object.fromEntries(new URL(location).searchParams);
    const octetString = new URL(location).search.slice(1).replace(/&Signature=.*/, '').split('&').filter((part) => !part.startsWith('Signature=')).join('&');
    const { extract } = await idp.parseLoginRequest(provider, 'redirect', { query, octetString });
    const values = (text) => {
      const now = new Date();
      const later = new Date(now.getTime() + 300_000).toISOString();
      const tags = { ID: id(), AssertionID: id(), Destination: provider.entityMeta.getAssertionConsumerService('post'), Audience: provider.entityMeta.getEntityID(), EntityID: provider.entityMeta.getEntityID(), SubjectRecipient: provider.entityMeta.getAssertionConsumerService('post'), Issuer: idp.entityMeta.getEntityID(), IssueInstant: now.toISOString(), AssertionConsumerServiceURL: provider.entityMeta.getAssertionConsumerService('post'), StatusCode: 'urn:oasis:names:tc:SAML:2.0:status:Success', ConditionsNotBefore: now.toISOString(), ConditionsNotOnOrAfter: later, SubjectConfirmationDataNotOnOrAfter: later, NameIDFormat: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress', NameID: user.mail, InResponseTo: extract.request.id, AuthnStatement: '', attrMail: user.mail, attrId: user.id };
      return { id: tags.ID, context: samlify.SamlLib.replaceTagsByValue(text, tags) };
    };
    const { context } = await idp.createLoginResponse(provider, { extract }, 'post', user, values);
    return context;
  }
  return { answer };
}
