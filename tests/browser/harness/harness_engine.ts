/**
 * The engine worker of the site with a GPU that can be spoiled: `corrupt` changes what is read back from it,
 * `lost` loses the device when it is used for the first time, `refuse` has shaders that do not compile, `memory`
 * asks for more memory than there is whenever a buffer is made.
 */

import "../../../app/engine_worker/engine_worker";

const serveSite = self.onmessage!;
const devices: GPUDevice[] = [];
let fault = (globalThis as { testFault?: string }).testFault ?? "";

self.onmessage = (event: MessageEvent) => {
  if (event.data.type === "test-fault") fault = event.data.fault;
  else if (event.data.type === "test-lose") devices.forEach((device) => device.destroy());
  else if (event.data.type === "test-close") self.close();
  else serveSite.call(self as never, event);
};

if (navigator.gpu) {
  const requestDevice = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (descriptor) {
    const device = await requestDevice.call(this, descriptor);
    devices.push(device);
    return device;
  };

  const getMappedRange = GPUBuffer.prototype.getMappedRange;
  GPUBuffer.prototype.getMappedRange = function (...range) {
    const mapped = getMappedRange.apply(this, range);
    if (fault === "corrupt" && this.usage & GPUBufferUsage.MAP_READ) {
      const numbers = new Float32Array(mapped, 0, mapped.byteLength >> 2);
      for (let index = 0; index < numbers.length; index++) numbers[index]! *= 1.1;
    }
    return mapped;
  };

  const submit = GPUQueue.prototype.submit;
  GPUQueue.prototype.submit = function (commands) {
    if (fault === "lost") devices.forEach((device) => device.destroy());
    submit.call(this, commands);
  };

  const createBuffer = GPUDevice.prototype.createBuffer;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    // SwiftShader's device has not as much as its limits allow: a true GPUOutOfMemoryError.
    if (fault === "memory") createBuffer.call(this, { size: this.limits.maxBufferSize, usage: GPUBufferUsage.STORAGE }).destroy();
    return createBuffer.call(this, descriptor);
  };

  const createShaderModule = GPUDevice.prototype.createShaderModule;
  GPUDevice.prototype.createShaderModule = function (descriptor) {
    return createShaderModule.call(this, fault === "refuse" ? { ...descriptor, code: "no shader" } : descriptor);
  };
}
